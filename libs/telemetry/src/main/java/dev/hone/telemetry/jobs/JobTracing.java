package dev.hone.telemetry.jobs;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** OpenTelemetry's SDK in a process that Quarkus does not start: there only where somebody says where traces go. */
final class JobTracing {
    static final String ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String QUARKUS_ENDPOINT = "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String STORAGE = "io.opentelemetry.context.contextStorageProvider";
    private static final Logger LOG = LoggerFactory.getLogger(JobTracing.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /** A collector that is away must not keep a Job from ending. */
    private static final long LONGEST_GOODBYE_SECONDS = 5;

    private JobTracing() {}

    /** Where the environment says that traces go, by either name of the key. */
    static Optional<String> endpoint(Map<String, String> environment) {
        if ("true".equalsIgnoreCase(environment.getOrDefault("OTEL_SDK_DISABLED", environment.get("QUARKUS_OTEL_SDK_DISABLED")))) {
            return Optional.empty();
        }
        return Optional.ofNullable(environment.getOrDefault(ENDPOINT, environment.get(QUARKUS_ENDPOINT))).filter(endpoint -> !endpoint.isBlank());
    }

    /**
     * An SDK known to the whole process, with a sampler that does as the event's writer did. Nothing where no endpoint is given,
     * or where the configuration is at fault: a run does not fail for want of its trace. It is put together by hand: in a packaged
     * service Quarkus has taken away by what the SDK would find its exporter, for the sake of its own.
     */
    static Optional<OpenTelemetrySdk> start(String serviceName, Map<String, String> environment) {
        // Quarkus' storage is on the class path and wants Vert.x, which a Job does not run.
        System.setProperty(STORAGE, "default");
        Optional<String> endpoint = endpoint(environment);
        if (endpoint.isEmpty()) {
            // otherwise OpenTelemetry says that it found an SDK that nobody has set up
            GlobalOpenTelemetry.set(OpenTelemetry.noop());
            return Optional.empty();
        }
        try {
            Resource resource = Resource.getDefault().merge(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), serviceName)));
            SdkTracerProvider tracing = SdkTracerProvider.builder().setResource(resource).addSpanProcessor(BatchSpanProcessor.builder(
                    exporter(endpoint.get(), environment.getOrDefault("OTEL_EXPORTER_OTLP_HEADERS", ""))).setScheduleDelay(PERIOD).build()).build();
            return Optional.of(OpenTelemetrySdk.builder().setTracerProvider(tracing).buildAndRegisterGlobal());
        } catch (RuntimeException e) {
            LOG.warn("no traces, the run goes on without them reason={}", e.toString());
            return Optional.empty();
        }
    }

    /** @param headers {@code key=value} with commas between */
    private static SpanExporter exporter(String endpoint, String headers) {
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder().setEndpoint(endpoint.replaceFirst("/*$", "") + "/v1/traces");
        Arrays.stream(headers.split(",")).map(header -> header.split("=", 2)).filter(header -> header.length == 2)
                .forEach(header -> exporter.addHeader(header[0].strip(), header[1].strip()));
        return exporter.build();
    }

    /** Sends what is not sent yet, and waits for that a while. */
    static void end(OpenTelemetry telemetry) {
        if (telemetry instanceof OpenTelemetrySdk sdk && !sdk.getSdkTracerProvider().shutdown().join(LONGEST_GOODBYE_SECONDS, TimeUnit.SECONDS).isSuccess()) {
            LOG.warn("the last spans of this job were not taken within seconds={}", LONGEST_GOODBYE_SECONDS);
        }
    }
}
