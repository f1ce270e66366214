package dev.hone.telemetry.jobs;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import java.time.Duration;
import java.util.HashMap;
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
     * The SDK as {@code OTEL_*} variables configure it, known to the whole process. Nothing where no endpoint is given, or where
     * the configuration is at fault: a run does not fail for want of its trace.
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
            return Optional.of(AutoConfiguredOpenTelemetrySdk.builder().addPropertiesSupplier(() -> defaults(serviceName))
                    .addPropertiesCustomizer(config -> Map.of("otel.traces.exporter", "none"))
                    .addTracerProviderCustomizer((tracing, config) -> tracing.addSpanProcessor(sender(endpoint.get(), config.getMap("otel.exporter.otlp.headers"))))
                    .disableShutdownHook().setResultAsGlobal().build().getOpenTelemetrySdk());
        } catch (RuntimeException e) {
            LOG.warn("no traces, the run goes on without them reason={}", e.toString());
            return Optional.empty();
        }
    }

    /** Made by hand: in a packaged service Quarkus has taken away by what the SDK would find its exporter, for the sake of its own. */
    private static SpanProcessor sender(String endpoint, Map<String, String> headers) {
        OtlpHttpSpanExporterBuilder exporter = OtlpHttpSpanExporter.builder().setEndpoint(endpoint.replaceFirst("/*$", "") + "/v1/traces");
        headers.forEach(exporter::addHeader);
        return BatchSpanProcessor.builder(exporter.build()).setScheduleDelay(PERIOD).build();
    }

    private static Map<String, String> defaults(String serviceName) {
        Map<String, String> defaults = new HashMap<>();
        defaults.put("otel.service.name", serviceName);
        defaults.put("otel.metrics.exporter", "none");
        defaults.put("otel.logs.exporter", "none");
        defaults.put("otel.propagators", "tracecontext");
        return defaults;
    }

    /** Sends what is not sent yet, and waits for that a while. */
    static void end(OpenTelemetry telemetry) {
        if (telemetry instanceof OpenTelemetrySdk sdk && !sdk.getSdkTracerProvider().shutdown().join(LONGEST_GOODBYE_SECONDS, TimeUnit.SECONDS).isSuccess()) {
            LOG.warn("the last spans of this job were not taken within seconds={}", LONGEST_GOODBYE_SECONDS);
        }
    }
}
