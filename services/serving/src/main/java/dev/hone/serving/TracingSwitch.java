package dev.hone.serving;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/** Traces are made where somebody says where they go. Quarkus would send them to a collector on this machine, and complain that there is none. */
public final class TracingSwitch implements ConfigSourceFactory {
    private static final List<String> ENDPOINTS = List.of("quarkus.otel.exporter.otlp.traces.endpoint", "quarkus.otel.exporter.otlp.endpoint");
    /** Below application.properties and the environment, so that either can still say otherwise. */
    private static final int ORDINAL = 200;

    @Override
    public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
        boolean wanted = ENDPOINTS.stream().map(context::getValue).anyMatch(TracingSwitch::isGiven);
        return List.of(new PropertiesConfigSource(Map.of("quarkus.otel.sdk.disabled", String.valueOf(!wanted)), "tracing", ORDINAL));
    }

    /** Quarkus gives the endpoint a default, which is told from what somebody wrote by its ordinal below all of those. */
    private static boolean isGiven(ConfigValue value) {
        return value != null && value.getValue() != null && !value.getValue().isBlank() && value.getConfigSourceOrdinal() > 0;
    }
}
