package dev.hone.trainer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoreConfig;
import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.artifacts.signing.SigningKey;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Rights;
import dev.hone.events.StructuredEvents;
import dev.hone.events.Topic;
import dev.hone.events.TopicAdmin;
import dev.hone.jobs.JobContext;
import dev.hone.jobs.JobFailure;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.SecureBroker;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.RunFailed;
import dev.hone.v1.TrainRequested;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training Job on a guarded cluster, whose base model nobody vouches for: it tells so over SASL and TLS, and is not started again. */
class SecuredTrainJobIT {
    private static final String BASE = "stranger";

    @TempDir
    Path dir;

    @Test
    void givenAnUnsignedBaseModel_whenTheJobRuns_thenItFailsAsUntrustedForGoodAndSaysSo() throws Exception {
        HoneServers servers = HoneServers.start();
        StoreConfig store = new StoreConfig(servers.storeEndpoint(), servers.accessKey(), servers.secretKey(), servers.bucket());
        Path files = Files.createDirectory(dir.resolve("base"));
        Files.writeString(files.resolve("config.json"), "{}");
        ArtifactStore.connect(store, "test").publish(ArtifactLayout.baseModel(BASE), files, "base-model", BASE, Map.of());
        try (SecureBroker broker = SecureBroker.start(dir.resolve("broker"), Set.of("trainer"))) {
            TopicAdmin.createMissing(settings(broker, SecureBroker.ADMINISTRATOR), 1);
            Rights rights = Rights.of("trainer");
            broker.grant("trainer", rights.reads(), rights.writes(), rights.groupPrefix());
            Map<String, String> environment = new HashMap<>(store.with(Optional.empty(), keys()).toEnvironment());
            environment.putAll(broker.environment("trainer"));
            environment.put("HONE_WORK_DIR", dir.resolve("work").toString());
            TrainJob job = new TrainJob(environment);
            JobContext context = new JobContext(event(), Files.createDirectories(dir.resolve("job")), () -> false);

            JobFailure failure = assertThrows(JobFailure.class, () -> job.run(context));
            job.tell(context, failure);

            assertEquals("untrusted_artifact", failure.code());
            assertFalse(failure.userError());
            RunFailed told = (RunFailed) EventCodec.decode(Topic.RUN_FAILED, first(broker)).data();
            assertEquals("untrusted_artifact", told.getCode());
            assertTrue(told.getMessage().contains("base/") && told.getMessage().contains("no signature"), told.getMessage());
        }
    }

    private SigningConfig keys() throws Exception {
        SigningKey key = SigningKey.generate();
        Path secret = Files.writeString(dir.resolve("key.pem"), key.toPem());
        Path trusted = Files.writeString(dir.resolve("trusted.pem"), key.trusted("trainer", Set.of("adapters/", "checkpoints/")).toPem());
        return new SigningConfig(Optional.of(secret), Optional.of(trusted), true);
    }

    private static String event() {
        TrainRequested request = TrainRequested.newBuilder().setRunId("untrusted").setDatasetId("none").setBaseModel(BASE).setModelName("m")
                .setDataset(ArtifactRef.newBuilder().setManifest("datasets/none/manifest.json")).build();
        return StructuredEvents.print(new Event<>("e1", Topic.TRAIN_REQUESTED.type(), "hone/trainer", "untrusted", "untrusted", "", Instant.EPOCH, "", request));
    }

    private static ConsumerRecord<String, byte[]> first(SecureBroker broker) {
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings(broker, SecureBroker.ADMINISTRATOR).consumer(Map.of("enable.auto.commit", false)),
                new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> only = List.of(new TopicPartition(Topic.RUN_FAILED.topicName(), 0));
            consumer.assign(only);
            consumer.seekToBeginning(only);
            for (int i = 0; i < 60; i++) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    return record;
                }
            }
        }
        throw new AssertionError("Expected run.failed on the broker, found none.");
    }

    private static KafkaSettings settings(SecureBroker broker, String user) {
        return KafkaSettings.fromEnvironment(broker.environment(user));
    }
}
