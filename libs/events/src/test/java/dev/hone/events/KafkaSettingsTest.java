package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {

    @Test
    void givenVariables_whenRead_thenTheyAreKafkasPropertiesAndNothingElse() {
        KafkaSettings settings = KafkaSettings.fromEnvironment(Map.of("KAFKA_BOOTSTRAP_SERVERS", "kafka:9093", "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "KAFKA_SSL_TRUSTSTORE_TYPE", "PEM", "KAFKA_PORT", "tcp://10.0.0.1:9092", "KAFKA_SASL_MECHANISM", " ", "PATH", "/bin"));
        assertEquals(Map.of("bootstrap.servers", "kafka:9093", "security.protocol", "SASL_SSL", "ssl.truststore.type", "PEM"), settings.properties());
    }

    @Test
    void givenSettings_whenHandedOnAsVariables_thenTheyAreReadAsTheyWere() {
        KafkaSettings settings = new KafkaSettings(Map.of("bootstrap.servers", "kafka:9093", "sasl.jaas.config", "module required;", "max.request.size", "7"));
        assertEquals(settings, KafkaSettings.fromEnvironment(settings.toEnvironment()));
        assertEquals("7", settings.toEnvironment().get("KAFKA_MAX_REQUEST_SIZE"));
    }

    @Test
    void givenNothing_whenRead_thenTheBrokerIsOnThisMachine() {
        assertEquals("localhost:9092", KafkaSettings.fromEnvironment(Map.of()).bootstrapServers());
    }

    @Test
    void givenSettingsOfOneKindOfClient_whenAnotherIsMade_thenItGetsOnlyWhatItKnows() {
        KafkaSettings settings = new KafkaSettings(Map.of("bootstrap.servers", "b:1", "fetch.max.bytes", "9", "linger.ms", "5", "security.protocol", "SSL"));
        assertEquals(Map.of("bootstrap.servers", "b:1", "linger.ms", "0", "security.protocol", "SSL"), settings.producer(Map.of("linger.ms", "0")));
        assertEquals(Map.of("bootstrap.servers", "b:1", "fetch.max.bytes", "9", "security.protocol", "SSL"), settings.consumer(Map.of()));
        assertEquals(Map.of("bootstrap.servers", "b:1", "security.protocol", "SSL"), settings.admin());
    }

    @Test
    void givenAServicesConfiguration_whenRead_thenAVariableCountsBeforeTheFileAndAGroupStaysItsOwn() {
        Map<String, String> effective = Map.of("kafka.bootstrap.servers", "broker:1", "kafka.ssl.truststore.type", "PEM", "kafka.group.id", "serving", "hone.work-dir", "x");
        KafkaSettings settings = KafkaSettings.fromConfiguration(List.of("kafka.bootstrap.servers", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SSL_TRUSTSTORE_TYPE", "kafka.group.id", "hone.work-dir"),
                key -> Optional.ofNullable(effective.get(key)));
        assertEquals(Map.of("bootstrap.servers", "broker:1", "ssl.truststore.type", "PEM"), settings.properties());
    }

    @Test
    void givenAPassword_whenPrinted_thenItIsNotThere() {
        KafkaSettings settings = new KafkaSettings(Map.of("sasl.jaas.config", "password=\"geheim\""));
        assertFalse(settings.toString().contains("geheim"));
    }
}
