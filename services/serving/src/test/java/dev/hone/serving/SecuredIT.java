package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.EventCodec;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.testkit.Await;
import dev.hone.testkit.SecureBroker;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.RunFailed;
import dev.hone.v1.ServedModel;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;

/** A replica as a guarded cluster has it: SASL over TLS with its own rights only, and models believed only by their signature. */
@QuarkusTest
@QuarkusTestResource(value = SecuredCluster.class, restrictToAnnotatedClass = true)
@TestProfile(SecuredIT.Alone.class)
class SecuredIT {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** The service is started anew for it. */
    public static final class Alone implements QuarkusTestProfile {}

    @TestHTTPResource("/")
    URL service;

    @Inject
    KafkaSettings kafka;

    @Test
    void givenASignedAndAnUnsignedModel_whenTheReplicaStarts_thenItIsReadyServesTheOneAndTellsOfTheOther() throws Exception {
        Await.until("readiness", PATIENCE, this::isReady);
        Client grpc = new Client(service.getPort());
        try {
            Map<String, ServedModel> models = grpc.stub().listModels(ListModelsRequest.getDefaultInstance()).getModelsList().stream()
                    .collect(Collectors.toMap(ServedModel::getName, model -> model));
            assertEquals("serving", models.get("vouched-for").getState());
            assertEquals("failed", models.get("stranger").getState());
            assertTrue(models.get("stranger").getMessage().contains("no signature"), models.get("stranger").getMessage());
        } finally {
            grpc.close();
        }
        RunFailed told = Await.value("run.failed", PATIENCE, this::failure);
        assertEquals("untrusted_artifact", told.getCode());
        assertEquals("stranger", told.getModelName());
        assertEquals("error", told.getKind());
    }

    private boolean isReady() {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(HttpRequest.newBuilder(URI.create(service + "q/health/ready")).build(), HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (java.io.IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Serving itself may write it, not read it. */
    private Optional<RunFailed> failure() {
        Map<String, String> environment = new TreeMap<>(kafka.toEnvironment());
        environment.put("KAFKA_SASL_JAAS_CONFIG", SecureBroker.login(SecureBroker.ADMINISTRATOR));
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(KafkaSettings.fromEnvironment(environment).consumer(Map.of("enable.auto.commit", false)),
                new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> only = List.of(new TopicPartition(Topic.RUN_FAILED.topicName(), 0));
            consumer.assign(only);
            consumer.seekToBeginning(only);
            for (var record : consumer.poll(Duration.ofSeconds(5))) {
                return Optional.of((RunFailed) EventCodec.decode(Topic.RUN_FAILED, record).data());
            }
            return Optional.empty();
        } catch (dev.hone.events.InvalidEvent e) {
            throw new AssertionError(e);
        }
    }
}
