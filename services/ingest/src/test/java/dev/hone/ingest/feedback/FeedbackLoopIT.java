package dev.hone.ingest.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.Submission;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.testkit.HoneServers;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import dev.hone.v1.Recipe;
import dev.hone.v1.TrainingRecipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The loop against a real store and broker, restarted at will. */
class FeedbackLoopIT {
    private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    private static ArtifactStore store;
    private static EventPublisher publisher;

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

    /** A loop without memory, as after a restart. */
    private FeedbackLoop restarted(Instant now) throws Exception {
        WorkSpace work = new WorkSpace(temporary.resolve("work"));
        return new FeedbackLoop(store, new BaseModels(store, temporary.resolve("base")), new Announcer(store, publisher),
                new FeedbackRules(3, Duration.ofHours(24), 2, true, 4), work, Clock.fixed(now, ZoneOffset.UTC));
    }

    private String dataset(String model) throws Exception {
        WorkSpace work = new WorkSpace(temporary.resolve("intake"));
        Announcer announcer = new Announcer(store, publisher);
        Intake intake = new Intake(store, new BaseModels(store, temporary.resolve("base")), announcer, new SplitShares(0.05, 0.05), work);
        Path file = Files.writeString(temporary.resolve("file"), "{\"prompt\":\"What is " + model + "?\",\"completion\":\"A model.\"}\n");
        Recipe recipe = Recipe.newBuilder().setTraining(TrainingRecipe.newBuilder().setSequenceLen(24)).build();
        return intake.take(new Submission(model, "hone-nano", "a.jsonl", file, ColumnMapping.NONE, recipe)).event().data().getDataset().getManifest();
    }

    private static Event<FeedbackGiven> correction(String model, String manifest, int number) {
        FeedbackGiven given = FeedbackGiven.newBuilder().setModelName(model).setVerdict("bad").setAnswer("wrong")
                .addPrompt(FeedbackMessage.newBuilder().setRole("user").setContent("Question " + number + "?"))
                .setCorrection("Correction " + number + ".").setDataset(ArtifactRef.newBuilder().setManifest(manifest)).build();
        return new Event<>(model + "-event/" + number, "dev.hone.feedback.given.v1", "test", model, model, "", NOW.plusSeconds(number), "", given);
    }

    private static DatasetReady latest(String model) throws Exception {
        return new Announcer(store, publisher).latest(model).orElseThrow();
    }

    @Test
    void givenFeedbackAcrossRestartsAndRepeats_whenEnough_thenEachCountsOnce() throws Exception {
        String first = dataset("restarts");
        restarted(NOW).given(correction("restarts", first, 1));
        FeedbackLoop loop = restarted(NOW);
        loop.given(correction("restarts", first, 1));
        loop.given(correction("restarts", first, 2));
        assertEquals(first, latest("restarts").getDataset().getManifest());

        restarted(NOW).given(correction("restarts", first, 3));
        String second = latest("restarts").getDataset().getManifest();
        assertNotEquals(first, second);
        assertEquals(1 + 3 * 2, TestStore.lines(store, second, "train.jsonl").size());

        FeedbackLoop again = restarted(NOW);
        List.of(1, 2, 3).forEach(number -> assertTrue(isUnchanged(again, correction("restarts", first, number), second)));
    }

    private static boolean isUnchanged(FeedbackLoop loop, Event<FeedbackGiven> event, String manifest) {
        try {
            loop.given(event);
            loop.tick();
            return latest(event.data().getModelName()).getDataset().getManifest().equals(manifest);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void givenFeedbackOnAnOldVersion_whenTheLoopTurnsAgain_thenTheNewestVersionGrows() throws Exception {
        String first = dataset("chained");
        FeedbackLoop loop = restarted(NOW);
        for (int i = 1; i <= 6; i++) {
            loop.given(correction("chained", first, i));
        }
        DatasetReady third = latest("chained");
        assertEquals(1 + 6 * 2, third.getTrainRows());
        assertNotEquals(ArtifactLayout.manifest(ArtifactLayout.dataset(third.getParentDatasetId())), first);
    }

    @Test
    void givenACrashBetweenTheManifestAndItsMarker_whenRestarted_thenTheSameDatasetIsAnnouncedAgain() throws Exception {
        String first = dataset("crashed");
        FeedbackLoop loop = restarted(NOW);
        List.of(1, 2, 3).forEach(number -> isUnchanged(loop, correction("crashed", first, number), ""));
        DatasetReady second = latest("crashed");
        ManifestRef published = store.ref(second.getDataset().getManifest()).orElseThrow();
        store.deleteObject(ArtifactLayout.feedback("crashed", "turn." + second.getDatasetId()));

        restarted(NOW).tick();
        assertEquals(second, latest("crashed"));
        assertEquals(published, store.ref(second.getDataset().getManifest()).orElseThrow());
        assertTrue(store.exists(ArtifactLayout.feedback("crashed", "turn." + second.getDatasetId())));
    }

    @Test
    void givenOneCorrection_whenADayHasPassed_thenTheLoopTurnsWithoutMore() throws Exception {
        String first = dataset("aged");
        restarted(NOW).given(correction("aged", first, 1));
        restarted(NOW.plus(Duration.ofHours(23))).tick();
        assertEquals(first, latest("aged").getDataset().getManifest());

        restarted(NOW.plus(Duration.ofHours(25))).tick();
        assertEquals(3, latest("aged").getTrainRows());
    }

    @Test
    void givenACorrectionLongerThanTheRecipesRows_whenTheLoopTurns_thenTheRecipeMakesRoom() throws Exception {
        String first = dataset("longer");
        FeedbackLoop loop = restarted(NOW);
        for (int i = 1; i <= 3; i++) {
            Event<FeedbackGiven> event = correction("longer", first, i);
            FeedbackGiven longer = event.data().toBuilder().setCorrection("A much longer answer than before. ".repeat(6)).build();
            loop.given(new Event<>(event.id(), event.type(), event.source(), event.subject(), event.correlationId(), "", event.time(), "", longer));
        }
        DatasetReady next = latest("longer");
        assertTrue(next.getMaxRowTokens() > 24, "tokens " + next.getMaxRowTokens());
        assertEquals(next.getMaxRowTokens(), next.getRecipe().getTraining().getSequenceLen());
    }
}
