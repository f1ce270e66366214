package dev.hone.telemetry;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** What a service hands on to its Jobs. */
public final class Tracing {
    private Tracing() {}

    /**
     * Variables for a Job's environment: where this service sends its spans, there the Job does.
     *
     * @param config looks a key of the service's configuration up, as {@link TracingSwitch} has completed it
     */
    public static Map<String, String> environment(Function<String, Optional<String>> config) {
        boolean off = config.apply("quarkus.otel.sdk.disabled").map(Boolean::parseBoolean).orElse(true);
        return off ? Map.of() : config.apply("quarkus.otel.exporter.otlp.endpoint").map(endpoint -> Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)).orElse(Map.of());
    }
}
