package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TracingSwitchTest {
    private static final String ENDPOINT = "quarkus.otel.exporter.otlp.endpoint";

    @Test
    void givenNoEndpointButADefaultOne_whenRead_thenTracingIsOff() {
        assertEquals("true", disabled(Map.of()));
    }

    @Test
    void givenAnEndpoint_whenRead_thenTracingIsOn() {
        assertEquals("false", disabled(Map.of(ENDPOINT, "http://collector:4317")));
        assertEquals("false", disabled(Map.of("quarkus.otel.exporter.otlp.traces.endpoint", "http://collector:4317")));
    }

    @Test
    void givenAnEndpointAndTheSwitchItself_whenRead_thenTheSwitchWins() {
        assertEquals("true", disabled(Map.of(ENDPOINT, "http://collector:4317", "quarkus.otel.sdk.disabled", "true")));
    }

    private static String disabled(Map<String, String> written) {
        return new SmallRyeConfigBuilder().withSources(new TracingSwitch()).withDefaultValue(ENDPOINT, "http://localhost:4317/")
                .withSources(new PropertiesConfigSource(written, "written", 250)).build().getRawValue("quarkus.otel.sdk.disabled");
    }
}
