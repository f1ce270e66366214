package dev.hone.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.datasets.SplitShares;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.ingest.feedback.FeedbackLogs;
import dev.hone.ingest.feedback.FeedbackLoop;
import dev.hone.ingest.feedback.FeedbackRules;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.Submission;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.testkit.Await;
import dev.hone.testkit.KafkaProbe;
import dev.hone.testkit.LocalServer;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two replicas that share the partitions of feedback, come and go without a word, and still use every event once. They have
 * a broker of their own: on the one that tests share, the service of other tests reads in the same group.
 */
class FeedbackReplicasIT {
    private static final Duration LONG = Duration.ofSeconds(120);
    private static final int PARTITIONS = 3;
    private static final List<String> MODELS = IntStream.range(0, 5).mapToObj(i -> "shared-" + i).toList();

    @TempDir
    private static Path brokerData;
    private static LocalServer broker;

    private final KafkaSettings kafka = KafkaSettings.of("127.0.0.1:" + broker.port());
    private final ArtifactStore store = TestStore.withHoneNano();
    private final EventPublisher publisher = new EventPublisher(kafka, "ingest");
    private final KafkaProbe probe = new KafkaProbe(kafka.bootstrapServers());
    private final Map<String, String> parents = new HashMap<>();
    private final List<String> sent = new ArrayList<>();
    private int started;

    @TempDir
    private Path temporary;

    @BeforeAll
    static void startBroker() {
        broker = LocalServer.kafka(brokerData, LocalServer.freePort());
        KafkaProbe.createHoneTopics("127.0.0.1:" + broker.port());
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    /** A replica's reader and its loop, which looks after everything that was stored, as in the service. */
    private final class Ingest implements FeedbackReader.Watcher, AutoCloseable {
        private final Path folder = temporary.resolve("replica-" + started++);
        private final FeedbackLogs logs = new FeedbackLogs(store, 1000);
        private final FeedbackLoop loop;
        private final FeedbackReader reader = new FeedbackReader(kafka, new Inbox(publisher), logs, Duration.ofMillis(100), this);
        private final AtomicInteger heard = new AtomicInteger();
        private final List<IOException> refused = new CopyOnWriteArrayList<>();

        Ingest(Duration maxAge) throws IOException {
            loop = new FeedbackLoop(store, logs, new BaseModels(store, folder.resolve("base")), new Announcer(store, publisher),
                    new FeedbackRules(8, maxAge, Duration.ZERO, 1000, 1000, 1, true, 4), new WorkSpace(folder.resolve("work")), Clock.systemUTC());
            reader.start();
        }

        @Override
        public AutoCloseable watch(KafkaConsumer<String, byte[]> consumer) {
            return () -> { };
        }

        @Override
        public void heard(FeedbackGiven feedback) {
            heard.incrementAndGet();
        }

        /** As in the service, the next look tries again what the store refused. */
        @Override
        public void kept() {
            try {
                loop.tick();
            } catch (IOException e) {
                refused.add(e);
            }
        }

        /** Leaves without storing what it has read. */
        void abandon() throws InterruptedException {
            reader.abandon();
        }

        @Override
        public void close() throws InterruptedException {
            reader.stop();
        }
    }

    private void widen() throws Exception {
        try (Admin admin = Admin.create(kafka.admin())) {
            admin.createPartitions(Map.of("feedback", NewPartitions.increaseTo(PARTITIONS))).all().get();
        }
    }

    private void makeDatasets() throws Exception {
        Intake intake = new Intake(store, new BaseModels(store, temporary.resolve("base")), new Announcer(store, publisher), new SplitShares(0.05, 0.05),
                new WorkSpace(temporary.resolve("intake")));
        for (String model : MODELS) {
            Path file = Files.writeString(temporary.resolve("file"), "{\"prompt\":\"What is " + model + "?\",\"completion\":\"A model.\"}\n");
            parents.put(model, intake.take(new Submission(model, "hone-nano", "a.jsonl", file, ColumnMapping.NONE, Recipe.getDefaultInstance()))
                    .event().data().getDataset().getManifest());
        }
    }

    private void say(int from, int to) {
        for (int number = from; number < to; number++) {
            for (String model : MODELS) {
                String id = model + "-said-" + number;
                sent.add(id);
                probe.send("feedback", model, """
                        {"model_name":"%s","prompt":[{"role":"user","content":"Question %d?"}],"answer":"wrong","verdict":"bad","correction":"Right %d.",
                        "base_model":"hone-nano","dataset":{"manifest":"%s"}}""".formatted(model, number, number, parents.get(model)).getBytes(),
                        Map.of("ce_id", id, "ce_type", "dev.hone.feedback.given.v1"));
            }
        }
    }

    private boolean isAllCommitted() {
        try (Admin admin = Admin.create(kafka.admin())) {
            Map<TopicPartition, OffsetAndMetadata> committed = admin.listConsumerGroupOffsets("ingest").partitionsToOffsetAndMetadata().get();
            return committed.entrySet().stream().filter(entry -> entry.getKey().topic().equals("feedback")).mapToLong(entry -> entry.getValue().offset()).sum()
                    == probe.all("feedback").size();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private List<String> used() throws IOException {
        List<String> ids = new ArrayList<>();
        for (String model : MODELS) {
            for (int number = 1; store.exists(ArtifactLayout.feedbackClaim(model, number)); number++) {
                String claim = new String(store.read(ArtifactLayout.feedbackClaim(model, number)).orElseThrow());
                new ObjectMapper().readTree(claim).path("event_ids").forEach(id -> ids.add(id.asText()));
            }
        }
        return ids.stream().sorted().toList();
    }

    @Test
    void givenReplicasThatComeAndGo_whenMuchIsSaidAndSomeOfItTwice_thenEveryEventIsUsedOnce() throws Exception {
        makeDatasets();
        widen();
        Ingest first = new Ingest(Duration.ofHours(1));
        say(0, 10);
        Ingest second = new Ingest(Duration.ofHours(1));
        // Otherwise a quick first one has read everything before the second has joined.
        Await.until("the second has its share", LONG, () -> IntStream.range(0, PARTITIONS).anyMatch(second.reader::has));
        say(5, 20);
        Await.until("both read", LONG, () -> first.heard.get() > 0 && second.heard.get() > 0);
        first.abandon();
        say(20, 30);
        second.abandon();
        say(30, 35);
        try (Ingest third = new Ingest(Duration.ZERO); Ingest fourth = new Ingest(Duration.ZERO)) {
            say(33, 40);
            Await.until("all stored", LONG, this::isAllCommitted);
            Await.until("all used, refused " + third.refused + fourth.refused, LONG, () -> {
                third.kept();
                fourth.kept();
                return usedCount() == MODELS.size() * 40;
            });
            assertTrue(third.heard.get() + fourth.heard.get() > 0);
        }
        assertEquals(sent.stream().distinct().sorted().toList(), used());
        publisher.close();
    }

    private int usedCount() {
        try {
            return used().size();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
