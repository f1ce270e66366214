package dev.hone.ingest.feedback;

import static dev.hone.ingest.feedback.Replica.NOW;
import static dev.hone.ingest.feedback.Replica.correction;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.ManifestRef;
import dev.hone.datasets.SplitShares;
import dev.hone.datasets.check.ColumnMapping;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.KafkaSettings;
import dev.hone.ingest.TestStore;
import dev.hone.ingest.feedback.log.Objects;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.Submission;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.testkit.HoneServers;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop against a real store and broker, restarted at will. */
class FeedbackLoopIT {
    private static ArtifactStore store;
    private static EventPublisher publisher;
    private static int partitions;

    private final int partition = partitions++;

    @TempDir
    private Path temporary;

    @BeforeAll
    static void connect() {
        store = TestStore.withHoneNano();
        publisher = new EventPublisher(KafkaSettings.of(HoneServers.start().bootstrapServers()), "ingest");
    }

    @AfterAll
    static void close() {
        publisher.close();
    }

    private Replica restarted(Instant now) throws Exception {
        return new Replica(store, publisher, temporary, partition, now);
    }

    private Replica restarted() throws Exception {
        return restarted(NOW);
    }

    private String dataset(String model) throws Exception {
        WorkSpace work = new WorkSpace(temporary.resolve("intake"));
        Announcer announcer = new Announcer(store, publisher);
        Intake intake = new Intake(store, new BaseModels(store, temporary.resolve("base")), announcer, new SplitShares(0.05, 0.05), work);
        Path file = Files.writeString(temporary.resolve("file"), "{\"prompt\":\"What is " + model + "?\",\"completion\":\"A model.\"}\n");
        Recipe recipe = Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(24)).build();
        return intake.take(new Submission(model, "hone-nano", "a.jsonl", file, ColumnMapping.NONE, recipe)).event().data().getDataset().getManifest();
    }

    private static List<Event<FeedbackGiven>> corrections(String model, String manifest, int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(number -> correction(model, manifest, number)).toList();
    }

    private static DatasetReady latest(String model) throws Exception {
        return new Announcer(store, publisher).latest(model).orElseThrow();
    }

    /** Ids of all events that went into a dataset of a model, as often as they did. */
    private static List<String> used(String model) throws Exception {
        List<String> ids = new ArrayList<>();
        for (int number = 1; store.exists(ArtifactLayout.feedbackClaim(model, number)); number++) {
            ids.addAll(Claim.fromJson(store.read(ArtifactLayout.feedbackClaim(model, number)).orElseThrow()).eventIds());
        }
        return ids.stream().sorted().toList();
    }

    private static List<String> ids(String model, int from, int to) {
        return corrections(model, "", from, to).stream().map(Event::id).sorted().toList();
    }

    @Test
    void givenFeedbackAcrossRestartsAndRepeats_whenEnough_thenEachCountsOnce() throws Exception {
        String first = dataset("restarts");
        restarted().given(correction("restarts", first, 1));
        restarted().given(correction("restarts", first, 1)).given(correction("restarts", first, 2));
        assertEquals(first, latest("restarts").getDataset().getManifest());

        restarted().given(correction("restarts", first, 3));
        String second = latest("restarts").getDataset().getManifest();
        assertNotEquals(first, second);
        assertEquals(1 + 3 * 2, TestStore.lines(store, second, "train.jsonl").size());

        Replica again = restarted();
        for (int number = 1; number <= 3; number++) {
            again.given(correction("restarts", first, number)).tick();
        }
        assertEquals(second, latest("restarts").getDataset().getManifest());
        assertEquals(ids("restarts", 1, 3), used("restarts"));
    }

    @Test
    void givenFeedbackOnAnOldVersion_whenTheLoopTurnsAgain_thenTheNewestVersionGrows() throws Exception {
        String first = dataset("chained");
        Replica replica = restarted();
        for (Event<FeedbackGiven> event : corrections("chained", first, 1, 6)) {
            replica.given(event);
        }
        DatasetReady third = latest("chained");
        assertEquals(1 + 6 * 2, third.getTrainRows());
        assertNotEquals(ArtifactLayout.manifest(ArtifactLayout.dataset(third.getParentDatasetId())), first);
    }

    /** Fails at one call that writes, before or after it took effect, as if the process had ended there. */
    private static Objects cut(int call, boolean takesEffect) {
        int[] left = {call};
        Objects real = Objects.of(store);
        return (Objects) Proxy.newProxyInstance(Objects.class.getClassLoader(), new Class<?>[] {Objects.class}, (proxy, method, arguments) -> {
            boolean cut = method.getName().startsWith("write") && left[0]-- == 0;
            if (cut && !takesEffect) {
                throw new IOException("ended before " + arguments[0]);
            }
            Object result;
            try {
                result = method.invoke(real, arguments);
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
            if (cut) {
                throw new IOException("ended after " + arguments[0]);
            }
            return result;
        });
    }

    @Test
    void givenACrashAtAnyStepOfATurn_whenAnotherReplicaGoesOn_thenItIsOneDatasetOfAllThatWasSaid() throws Exception {
        for (int crash = 0; crash < 2; crash++) {
            for (boolean takesEffect : new boolean[] {false, true}) {
                String model = "crash-" + crash + "-" + takesEffect;
                String first = dataset(model);
                Objects cut = cut(crash, takesEffect);
                Replica ends = new Replica(cut, store, publisher, temporary, partition, NOW, Replica.RULES).keep(corrections(model, first, 1, 3));
                assertThrows(IOException.class, ends::tick);
                restarted().given(correction(model, first, 4));
                Replica last = restarted().keep(corrections(model, first, 5, 7));
                last.tick();

                assertEquals(ids(model, 1, 7), used(model), model);
                assertEquals(1 + 7 * 2, latest(model).getTrainRows(), model);
                last.tick();
                assertEquals(ids(model, 1, 7), used(model), model);
            }
        }
    }

    @Test
    void givenACrashBetweenTheManifestAndItsMarker_whenRestarted_thenTheSameDatasetIsAnnouncedAgain() throws Exception {
        String first = dataset("crashed");
        restarted().keep(corrections("crashed", first, 1, 3)).tick();
        DatasetReady second = latest("crashed");
        ManifestRef published = store.ref(second.getDataset().getManifest()).orElseThrow();
        store.deleteObject(ArtifactLayout.feedback("crashed", "turn." + second.getDatasetId()));

        restarted().tick();
        assertEquals(second, latest("crashed"));
        assertEquals(published, store.ref(second.getDataset().getManifest()).orElseThrow());
        assertTrue(store.exists(ArtifactLayout.feedback("crashed", "turn." + second.getDatasetId())));
    }

    @Test
    void givenTwoReplicasThatBothThinkThePartitionTheirs_whenBothTurn_thenEveryEventGoesIntoOneDataset() throws Exception {
        String first = dataset("both");
        Replica one = restarted();
        Replica other = restarted();
        one.keep(corrections("both", first, 1, 4));
        other.keep(corrections("both", first, 1, 3)); // the same records, cut elsewhere
        other.keep(corrections("both", first, 5, 7));
        one.tick();
        other.tick();
        one.keep(corrections("both", first, 8, 10));
        one.tick();
        other.keep(corrections("both", first, 8, 10));
        other.tick();
        restarted().tick();

        assertEquals(used("both").stream().distinct().toList(), used("both"));
        assertTrue(used("both").containsAll(ids("both", 1, 7)), used("both").toString());
    }

    @Test
    void givenOneCorrection_whenADayHasPassed_thenTheLoopTurnsWithoutMore() throws Exception {
        String first = dataset("aged");
        restarted().given(correction("aged", first, 1));
        restarted(NOW.plus(Duration.ofHours(23))).tick();
        assertEquals(first, latest("aged").getDataset().getManifest());

        restarted(NOW.plus(Duration.ofHours(25))).tick();
        assertEquals(3, latest("aged").getTrainRows());
    }

    @Test
    void givenATurnAMomentAgo_whenMoreIsSaid_thenItWaitsForTheInterval() throws Exception {
        FeedbackRules slow = new FeedbackRules(3, Duration.ofHours(24), Duration.ofMinutes(10), 100, 100, 2, true, 4);
        String first = dataset("slow");
        new Replica(Objects.of(store), store, publisher, temporary, partition, NOW, slow).keep(corrections("slow", first, 1, 3)).tick();
        new Replica(Objects.of(store), store, publisher, temporary, partition, NOW.plusSeconds(599), slow).keep(corrections("slow", first, 4, 6)).tick();
        assertEquals(ids("slow", 1, 3), used("slow"));

        new Replica(Objects.of(store), store, publisher, temporary, partition, NOW.plusSeconds(601), slow).tick();
        assertEquals(ids("slow", 1, 6), used("slow"));
    }

    @Test
    void givenFeedbackInObjectsOfItsOwn_whenUpgraded_thenWhatWasNotUsedUpIsUsedOnce() throws Exception {
        String first = dataset("former");
        for (int number = 1; number <= 4; number++) {
            Event<FeedbackGiven> event = correction("former", first, number);
            byte[] json = Said.of(event).toLine(0).json();
            store.write(ArtifactLayout.feedback("former", "event." + number), json);
        }
        store.write(ArtifactLayout.feedback("former", "turn.dgone"), ("{\"dataset_id\":\"dgone\",\"manifest\":\"datasets/dgone/manifest.json\",\"parent\":\"none\",\"event_ids\":[\""
                + correction("former", first, 1).id() + "\"]}").getBytes(StandardCharsets.UTF_8));
        restarted().tick();
        assertEquals(ids("former", 2, 4), used("former"));
        restarted().keep(corrections("former", first, 1, 4)).tick();
        assertEquals(ids("former", 2, 4), used("former"));
    }

    @Test
    void givenACorrectionLongerThanTheRecipesRows_whenTheLoopTurns_thenTheRecipeMakesRoom() throws Exception {
        String first = dataset("longer");
        Replica replica = restarted();
        for (int i = 1; i <= 3; i++) {
            FeedbackGiven longer = correction("longer", first, i).data().toBuilder().setCorrection("A much longer answer than before. ".repeat(6)).build();
            replica.given(Replica.event("longer-event/" + i, i, longer));
        }
        DatasetReady next = latest("longer");
        assertTrue(next.getMaxRowTokens() > 24, "tokens " + next.getMaxRowTokens());
        assertEquals(next.getMaxRowTokens(), next.getRecipe().getTraining().getSequenceLen());
    }
}
