package dev.hone.testkit;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.util.Map;

/** A collector for a service under test; the test finds it by the same key as the service. */
public final class TracesTestResource implements QuarkusTestResourceLifecycleManager {
    /** Configuration key of the collector's endpoint. */
    public static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";

    private TraceCollector collector;

    @Override
    public Map<String, String> start() {
        collector = TraceCollector.start();
        return Map.of(ENDPOINT, collector.endpoint(), "quarkus.otel.bsp.schedule.delay", "100ms");
    }

    @Override
    public void stop() {
        collector.close();
    }
}
