package dev.hone.telemetry;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Traces are made where somebody says where they go: {@code OTEL_EXPORTER_OTLP_ENDPOINT}, as OpenTelemetry names it for
 * every process, or Quarkus' own key. Quarkus would send them to a collector on this machine, and complain that there is
 * none. Services and Jobs speak OTLP over HTTP, so that one endpoint fits both; where there are traces, lines of the log
 * name them.
 */
public final class TracingSwitch implements ConfigSourceFactory {
    private static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";
    private static final String EVERYBODYS_ENDPOINT = "otel.exporter.otlp.endpoint";
    private static final List<String> ENDPOINTS = List.of("quarkus.otel.exporter.otlp.traces.endpoint", ENDPOINT);
    private static final String LINE_WITH_TRACE = "%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p [%c{3.}] (%t) traceId=%X{traceId} %s%e%n";
    /** Below application.properties and the environment, so that either can still say otherwise. */
    private static final int ORDINAL = 200;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        boolean own = ENDPOINTS.stream().map(context::getValue).anyMatch(TracingSwitch::isGiven);
        ConfigValue everybodys = context.getValue(EVERYBODYS_ENDPOINT);
        Map<String, String> settings = new HashMap<>();
        settings.put("quarkus.otel.sdk.disabled", String.valueOf(!own && !isGiven(everybodys)));
        if (own || isGiven(everybodys)) {
            settings.put("quarkus.otel.exporter.otlp.protocol", "http/protobuf");
            settings.put("quarkus.log.console.format", LINE_WITH_TRACE);
        }
        if (!own && isGiven(everybodys)) {
            settings.put(ENDPOINT, everybodys.getValue());
        }
        return List.of(new PropertiesConfigSource(settings, "tracing", ORDINAL));
    }

    /** Quarkus gives the endpoint a default, which is told from what somebody wrote by its ordinal below all of those. */
    private static boolean isGiven(ConfigValue value) {
        return value != null && value.getValue() != null && !value.getValue().isBlank() && value.getConfigSourceOrdinal() > 0;
    }
}
