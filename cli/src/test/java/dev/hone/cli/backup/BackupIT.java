package dev.hone.cli.backup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.Manifest;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.ProcessMark;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.LocalServer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one broker and store into others. */
class BackupIT {
    private static final TopicPartition READY = new TopicPartition("dataset.ready", 0);

    @TempDir static Path servers;
    private static Endpoints here;
    private static Endpoints there;
    private static LocalServer otherKafka;
    private static LocalServer otherStore;

    @TempDir Path folder;

    @BeforeAll
    static void twoStacks() {
        HoneServers first = HoneServers.start();
        here = endpoints(first.bootstrapServers(), first.storeEndpoint());
        otherKafka = LocalServer.kafka(servers.resolve("kafka"), LocalServer.freePort());
        otherStore = LocalServer.s3(servers.resolve("s3"), LocalServer.freePort(), "hone", "hone-secret", "hone");
        KafkaProbe.createHoneTopics("127.0.0.1:" + otherKafka.port());
        there = endpoints("127.0.0.1:" + otherKafka.port(), "http://127.0.0.1:" + otherStore.port());
    }

    @AfterAll
    static void stop() {
        otherKafka.close();
        otherStore.close();
    }

    @Test
    void givenStackWithWork_whenBackedUpAndRestoredElsewhere_thenRecordsObjectsAndPlacesAreThere() throws Exception {
        Path work = Files.createDirectories(folder.resolve("work"));
        Files.writeString(work.resolve("part.bin"), "bytes");
        ArtifactStore store = ArtifactStore.connect(here.store().config(), "ingest");
        store.publish("datasets/d1/", work, "dataset", "d1", Map.of());
        byte[] broken = {(byte) 0xff, 1};
        try (KafkaProbe probe = new KafkaProbe(here.kafka())) {
            probe.send("dataset.ready", "d0", "{\"dataset_id\":\"d0\"}");
            probe.send("dataset.ready", "d1", broken, Map.of("ce_id", "an-id"));
            probe.send("dataset.ready", "d2", "{\"dataset_id\":\"d2\"}");
            probe.send("deploy", "gone", null, Map.of());
        }
        read(here, "trainer", 2);
        Path backup = folder.resolve("backup");

        BackupSummary made = BackupCommand.save(here, backup, quiet());
        RestoreCommand.restore(there, backup, quiet());

        assertTrue(made.records() >= 4, () -> made.toString());
        try (KafkaProbe probe = new KafkaProbe(there.kafka())) {
            List<ConsumerRecord<String, byte[]>> ready = probe.all("dataset.ready");
            assertEquals(List.of("d0", "d1", "d2"), ready.stream().map(ConsumerRecord::key).toList());
            assertArrayEquals(broken, ready.get(1).value());
            assertEquals("an-id", KafkaProbe.header(ready.get(1), "ce_id"));
            assertTrue(probe.all("deploy").stream().anyMatch(record -> record.key().equals("gone") && record.value() == null));
        }
        assertEquals("d2", next(there, "trainer"), "the group goes on where it was");
        Path fetched = folder.resolve("fetched");
        Manifest manifest = ArtifactStore.connect(there.store().config(), "trainer").fetch("datasets/d1/", fetched);
        assertEquals("d1", manifest.id());
        assertEquals("bytes", Files.readString(fetched.resolve("part.bin")));

        Failure full = assertThrows(Failure.class, () -> RestoreCommand.restore(there, backup, quiet()));
        assertTrue(full.getMessage().contains("empty topics"), full.getMessage());

        store.delete("datasets/d1/");
        BackupSummary later = BackupCommand.save(here, backup, quiet());
        assertFalse(Files.exists(backup.resolve("objects/datasets/d1/manifest.json")), "what is gone from the bucket is gone from the next backup");
        assertEquals(made.objects() - 2, later.objects());

        try (KafkaConsumer<String, byte[]> reader = consumer(there, "trainer")) {
            reader.subscribe(List.of("run.failed"));
            while (reader.assignment().isEmpty()) {
                reader.poll(Duration.ofMillis(100));
            }
            Failure busy = assertThrows(Failure.class, () -> RestoreCommand.restore(there, backup, quiet()));
            assertTrue(busy.getMessage().contains("[trainer]"), busy.getMessage());
        }
    }

    private static void read(Endpoints endpoints, String group, long upTo) {
        try (KafkaConsumer<String, byte[]> consumer = consumer(endpoints, group)) {
            consumer.assign(List.of(READY));
            consumer.commitSync(Map.of(READY, new OffsetAndMetadata(upTo)));
        }
    }

    private static String next(Endpoints endpoints, String group) {
        try (KafkaConsumer<String, byte[]> consumer = consumer(endpoints, group)) {
            consumer.assign(List.of(READY));
            return consumer.poll(Duration.ofSeconds(20)).iterator().next().key();
        }
    }

    private static KafkaConsumer<String, byte[]> consumer(Endpoints endpoints, String group) {
        return new KafkaConsumer<>(endpoints.broker().consumer(Map.of("group.id", group, "enable.auto.commit", false)),
                new StringDeserializer(), new ByteArrayDeserializer());
    }

    private static ProgressLine quiet() {
        return new ProgressLine(new Terminal(new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8), false, 80));
    }

    private static Endpoints endpoints(String kafka, String store) {
        return new Endpoints(ProcessMark.of(ProcessHandle.current()), kafka, new Endpoints.Store(store, "hone", "hone-secret", "hone"), Map.of());
    }
}
