package dev.hone.testkit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/**
 * Takes spans as a collector does, OTLP in protobuf over HTTP, and gives them out again at {@code /spans} as a line each:
 * Quarkus loads test classes through several class loaders, and so does a test that looks at other processes' spans.
 */
public final class TraceCollector implements AutoCloseable {
    private static final HexFormat HEX = HexFormat.of();

    private final List<String> spans = new CopyOnWriteArrayList<>();
    private final HttpServer server;

    private TraceCollector(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/v1/traces", this::take);
        server.createContext("/spans", exchange -> answer(exchange, String.join("\n", spans).getBytes(StandardCharsets.UTF_8)));
        server.start();
    }

    /** On a free port of this machine. */
    public static TraceCollector start() {
        return start(0);
    }

    /** @param port 0 for a free one */
    public static TraceCollector start(int port) {
        try {
            return new TraceCollector(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What {@code OTEL_EXPORTER_OTLP_ENDPOINT} is to be. */
    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private void take(HttpExchange exchange) throws IOException {
        ExportTraceServiceRequest request = ExportTraceServiceRequest.parseFrom(exchange.getRequestBody().readAllBytes());
        request.getResourceSpansList().forEach(this::keep);
        exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
        answer(exchange, new byte[0]);
    }

    private void keep(ResourceSpans of) {
        String service = of.getResource().getAttributesList().stream().filter(attribute -> attribute.getKey().equals("service.name"))
                .map(attribute -> attribute.getValue().getStringValue()).findFirst().orElse("");
        of.getScopeSpansList().stream().flatMap(scope -> scope.getSpansList().stream()).forEach(span -> spans.add(String.join("\t",
                HEX.formatHex(span.getTraceId().toByteArray()), HEX.formatHex(span.getSpanId().toByteArray()), HEX.formatHex(span.getParentSpanId().toByteArray()),
                service, span.getName(), span.getAttributesList().stream().map(TraceCollector::text).collect(Collectors.joining(" ")))));
    }

    private static String text(KeyValue attribute) {
        return attribute.getKey() + "=" + (attribute.getValue().hasIntValue() ? attribute.getValue().getIntValue() : attribute.getValue().getStringValue());
    }

    private static void answer(HttpExchange exchange, byte[] body) throws IOException {
        exchange.sendResponseHeaders(200, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
