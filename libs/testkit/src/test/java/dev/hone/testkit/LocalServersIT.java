package dev.hone.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.errors.ErrorResponseException;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalServersIT {

    private static final TopicPartition FACTS = new TopicPartition("facts", 0);

    @Test
    void givenRecordsAndOffsets_whenBrokerIsKilledAndStartsAgain_thenBothAreThere(@TempDir Path dir) {
        int port = LocalServer.freePort();
        String address = "127.0.0.1:" + port;
        LocalServer broker = LocalServer.kafka(dir, port);
        KafkaProbe.createTopic(address, "facts");
        try (KafkaProbe probe = new KafkaProbe(address)) {
            probe.send("facts", "k", "one");
            probe.send("facts", "k", "two");
        }
        commit(address, 1);

        broker.kill();

        try (LocalServer again = LocalServer.kafka(dir, port); KafkaProbe probe = new KafkaProbe(address)) {
            assertEquals(List.of("one", "two"), probe.all("facts").stream().map(KafkaProbe::text).toList());
            assertEquals(1, committed(address));
        }
    }

    @Test
    void givenNoSuchTopic_whenItIsWrittenTo_thenItIsNotMadeByAccident() throws Exception {
        Map<String, Object> address = Map.of("bootstrap.servers", HoneServers.start().bootstrapServers(), "max.block.ms", "2000");
        try (var producer = new KafkaProducer<>(address, new StringSerializer(), new StringSerializer())) {
            producer.send(new ProducerRecord<>("misspelt", "v"));
        }
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", address.get("bootstrap.servers")))) {
            assertFalse(admin.listTopics().names().get().contains("misspelt"));
        }
    }

    @Test
    void givenStore_whenObjectIsPut_thenItsOwnerReadsItAndAStrangerDoesNot() throws Exception {
        HoneServers servers = HoneServers.start();
        byte[] bytes = {1, 2, 3};
        client(servers, servers.secretKey()).putObject(PutObjectArgs.builder().bucket(servers.bucket()).object("a/b.bin")
                .stream(new ByteArrayInputStream(bytes), bytes.length, -1).build());

        assertArrayEquals(bytes, read(client(servers, servers.secretKey()), servers.bucket()));
        assertThrows(ErrorResponseException.class, () -> read(client(servers, "wrong"), servers.bucket()));
    }

    private static byte[] read(MinioClient client, String bucket) throws Exception {
        try (InputStream in = client.getObject(GetObjectArgs.builder().bucket(bucket).object("a/b.bin").build())) {
            return in.readAllBytes();
        }
    }

    private static MinioClient client(HoneServers servers, String secret) {
        return MinioClient.builder().endpoint(servers.storeEndpoint()).credentials(servers.accessKey(), secret).build();
    }

    private static void commit(String address, long offset) {
        try (var consumer = reader(address)) {
            consumer.commitSync(Map.of(FACTS, new OffsetAndMetadata(offset)), Duration.ofSeconds(60));
        }
    }

    private static long committed(String address) {
        try (var consumer = reader(address)) {
            return consumer.committed(java.util.Set.of(FACTS), Duration.ofSeconds(60)).get(FACTS).offset();
        }
    }

    private static KafkaConsumer<String, byte[]> reader(String address) {
        KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(
                Map.of("bootstrap.servers", address, "group.id", "reader"), new StringDeserializer(), new ByteArrayDeserializer());
        consumer.assign(List.of(FACTS));
        return consumer;
    }
}
