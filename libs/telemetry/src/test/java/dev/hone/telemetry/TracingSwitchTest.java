package dev.hone.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
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

    @Test
    void givenTheEndpointByItsNameForEveryProcess_whenRead_thenQuarkusGetsItAndSpeaksHttpAsJobsDo() {
        Map<String, String> written = Map.of("otel.exporter.otlp.endpoint", "http://collector:4318");

        assertEquals("false", disabled(written));
        assertEquals("http://collector:4318", config(written).getRawValue(ENDPOINT));
        assertEquals("http/protobuf", config(written).getRawValue("quarkus.otel.exporter.otlp.protocol"));
    }

    @Test
    void givenNoEndpoint_whenRead_thenLinesOfTheLogStayAsTheyAre() {
        assertEquals(null, config(Map.of()).getRawValue("quarkus.log.console.format"));
    }

    private static String disabled(Map<String, String> written) {
        return config(written).getRawValue("quarkus.otel.sdk.disabled");
    }

    private static SmallRyeConfig config(Map<String, String> written) {
        return new SmallRyeConfigBuilder().withSources(new TracingSwitch()).withDefaultValue(ENDPOINT, "http://localhost:4317/")
                .withSources(new PropertiesConfigSource(written, "written", 250)).build();
    }
}
