package dev.hone.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.testkit.SecureBroker;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real broker with TLS, names and access control lists: each user can do what the table of topics says, and nothing else. */
class KafkaSecurityIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static SecureBroker broker;

    @BeforeAll
    static void start() {
        Set<String> users = users().collect(Collectors.toSet());
        broker = SecureBroker.start(folder, users);
        TopicAdmin.createMissing(settings(SecureBroker.ADMINISTRATOR), 1);
        users.stream().map(Rights::of).forEach(rights -> broker.grant(rights.user(), rights.reads(), rights.writes(), rights.groupPrefix()));
        try (KafkaProducer<String, byte[]> producer = producer(SecureBroker.ADMINISTRATOR)) {
            topics().forEach(topic -> producer.send(new ProducerRecord<>(topic, "k", new byte[0])));
        }
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<String> users() {
        return Stream.concat(Topic.services().stream().sorted(), Stream.of(Topic.Writers.OTHERS));
    }

    /** All there are. */
    private static Set<String> topics() {
        Set<String> all = Arrays.stream(Topic.values()).map(Topic::topicName).collect(Collectors.toCollection(TreeSet::new));
        Topic.services().forEach(service -> all.add(Topic.deadLetters(service)));
        return all;
    }

    @ParameterizedTest
    @MethodSource("users")
    void givenAUser_whenItWritesToEveryTopic_thenTheBrokerTakesWhatItMayWrite(String user) {
        Set<String> written = new TreeSet<>();
        try (KafkaProducer<String, byte[]> producer = producer(user)) {
            topics().stream().filter(topic -> writes(producer, topic)).forEach(written::add);
        }
        assertEquals(new TreeSet<>(Rights.of(user).writes()), written);
    }

    private static boolean writes(KafkaProducer<String, byte[]> producer, String topic) {
        try {
            producer.send(new ProducerRecord<>(topic, "k", new byte[0])).get();
            return true;
        } catch (ExecutionException e) {
            assertInstanceOf(TopicAuthorizationException.class, e.getCause());
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @MethodSource("users")
    void givenAUser_whenItReadsEveryTopicAsItDoes_thenTheBrokerGivesWhatItMayRead(String user) {
        Set<String> read = topics().stream().filter(topic -> reads(user, topic)).collect(Collectors.toCollection(TreeSet::new));
        Set<String> mayRead = new TreeSet<>(Rights.of(user).reads());
        mayRead.retainAll(topics());
        assertEquals(mayRead, read);
    }

    /** In its group and committing, where it has one. */
    private static boolean reads(String user, String topic) {
        String group = Rights.of(user).groupPrefix();
        Map<String, Object> own = new HashMap<>(Map.of("auto.offset.reset", "earliest", "enable.auto.commit", false));
        if (!group.isEmpty()) {
            own.put("group.id", group + "-test-" + topic);
        }
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings(user).consumer(own), new StringDeserializer(), new ByteArrayDeserializer())) {
            if (group.isEmpty()) {
                consumer.assign(List.of(new TopicPartition(topic, 0)));
            } else {
                consumer.subscribe(List.of(topic));
            }
            records(consumer);
            if (!group.isEmpty()) {
                consumer.commitSync();
            }
            return true;
        } catch (AuthorizationException e) {
            return false;
        }
    }

    private static List<ConsumerRecord<String, byte[]>> records(KafkaConsumer<String, byte[]> consumer) {
        List<ConsumerRecord<String, byte[]>> records = new ArrayList<>();
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (records.isEmpty() && System.nanoTime() < end) {
            consumer.poll(Duration.ofMillis(200)).forEach(records::add);
        }
        return records;
    }

    @Test
    void givenAnotherServicesGroup_whenAUserReadsInIt_thenTheBrokerRefuses() {
        Map<String, Object> own = Map.of("group.id", "quantizer", "auto.offset.reset", "earliest");
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings("trainer").consumer(own), new StringDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("train.requested"));
            assertThrows(AuthorizationException.class, () -> records(consumer));
        }
    }

    @Test
    void givenThePublisherAndTheInbox_whenAnEventAndGarbageTravel_thenBothArriveWhereTheyBelong() throws Exception {
        try (EventPublisher evaluator = new EventPublisher(settings("evaluator"), "evaluator"); EventPublisher serving = new EventPublisher(settings("serving"), "serving")) {
            Event<Deploy> said = evaluator.publish(Topic.DEPLOY, Deploy.newBuilder().setModelName("support").setRevision("v1")
                    .setModel(ArtifactRef.newBuilder().setManifest("models/r/int8/manifest.json")).build(), Cause.outside("test"));
            List<String> handled = new ArrayList<>();
            Inbox inbox = new Inbox(serving);
            for (ConsumerRecord<String, byte[]> record : all("serving", "deploy")) {
                inbox.<Deploy>handle(Topic.DEPLOY, record, event -> handled.add(event.id()));
            }
            assertEquals(List.of(said.id()), handled);
            assertEquals("k", all(SecureBroker.ADMINISTRATOR, "dlq.serving").getFirst().key());
        }
    }

    private static List<ConsumerRecord<String, byte[]>> all(String user, String topic) {
        List<ConsumerRecord<String, byte[]>> all = new ArrayList<>();
        try (KafkaConsumer<String, byte[]> consumer = new KafkaConsumer<>(settings(user).consumer(Map.of("enable.auto.commit", false)), new StringDeserializer(), new ByteArrayDeserializer())) {
            TopicPartition only = new TopicPartition(topic, 0);
            consumer.assign(List.of(only));
            consumer.seekToBeginning(List.of(only));
            long end = consumer.endOffsets(List.of(only)).get(only);
            while (consumer.position(only) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(all::add);
            }
        }
        return all;
    }

    @Test
    void givenAWrongPasswordOrAnUnknownAuthority_whenConnecting_thenItIsAnErrorAndNotAWait() {
        for (Map.Entry<String, String> wrong : Map.of("KAFKA_SASL_JAAS_CONFIG", "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"trainer\" password=\"guess\";",
                "KAFKA_SSL_TRUSTSTORE_CERTIFICATES", "").entrySet()) {
            Map<String, String> environment = broker.environment("trainer");
            environment.put(wrong.getKey(), wrong.getValue());
            if (wrong.getValue().isEmpty()) {
                environment.remove("KAFKA_SSL_TRUSTSTORE_TYPE");
            }
            try (EventPublisher publisher = new EventPublisher(KafkaSettings.fromEnvironment(environment), Topic.Writers.OTHERS)) {
                KafkaException refused = assertThrows(KafkaException.class, () -> publisher.withdraw(Topic.DEPLOY, "support"));
                assertInstanceOf(AuthenticationException.class, refused, wrong.getKey());
            }
        }
    }

    private static KafkaSettings settings(String user) {
        return KafkaSettings.fromEnvironment(broker.environment(user));
    }

    private static KafkaProducer<String, byte[]> producer(String user) {
        return new KafkaProducer<>(settings(user).producer(Map.of()), new StringSerializer(), new ByteArraySerializer());
    }
}
