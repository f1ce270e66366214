package dev.hone.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Message;
import dev.hone.cli.run.Stage.State;
import dev.hone.events.Event;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.GateRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.Recipe;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunBoardTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");
    private int sequence;

    @Test
    void givenTheEventsOfARun_whenFoldedOneByOne_thenEachStageRunsAndIsDoneInTurn() {
        RunBoard board = new RunBoard();
        board.apply(requested());
        assertEquals(State.RUNNING, run(board).state(Stage.TRAIN));
        board.apply(trained());
        assertEquals(State.DONE, run(board).state(Stage.TRAIN));
        assertEquals(State.RUNNING, run(board).state(Stage.QUANTIZE));
        board.apply(quantized());
        board.apply(evaluated(true, true));
        assertEquals(State.RUNNING, run(board).state(Stage.DEPLOY));
        assertEquals(Optional.empty(), run(board).outcome());
        board.apply(deployed());
        assertEquals(new Outcome.Deployed("int8"), run(board).outcome().orElseThrow());
    }

    @Test
    void givenTheSameEventsInAnyOrder_whenFolded_thenTheRunIsTheSame() {
        List<Event<?>> events = List.of(dataset("d1", ""), requested(), progress(3), trained(), quantized(), evaluated(true, true), deployed());
        Run inOrder = run(folded(events));
        for (int seed = 0; seed < 20; seed++) {
            List<Event<?>> shuffled = new ArrayList<>(events);
            Collections.shuffle(shuffled, new Random(seed));
            assertEquals(inOrder, run(folded(shuffled)), "seed " + seed);
        }
    }

    @Test
    void givenAGateThatRefused_whenFolded_thenTheOutcomeIsRejectedWithItsReason() {
        Outcome outcome = run(folded(List.of(requested(), trained(), quantized(), evaluated(false, true)))).outcome().orElseThrow();
        assertEquals(3, outcome.exitCode());
        assertEquals("a reason", assertInstanceOf(Outcome.Rejected.class, outcome).reason());
    }

    @Test
    void givenARecipeThatDeploysNothing_whenTheGatePasses_thenTheRunEndsThere() {
        Outcome outcome = run(folded(List.of(requested(), evaluated(true, false)))).outcome().orElseThrow();
        assertInstanceOf(Outcome.Passed.class, outcome);
        assertEquals(0, outcome.exitCode());
    }

    @Test
    void givenAFailure_whenTheRunIsAskedForAgain_thenItIsNoLongerTheLastWord() {
        RunBoard board = folded(List.of(requested(), failed("r1")));
        assertEquals(1, run(board).outcome().orElseThrow().exitCode());
        assertEquals(State.FAILED, run(board).state(Stage.TRAIN));
        board.apply(requested());
        assertEquals(Optional.empty(), run(board).outcome());
    }

    @Test
    void givenPlanningThatFailed_whenAskedForTheRunOfTheDataset_thenTheFailureIsFoundByItsCause() {
        RunBoard board = folded(List.of(dataset("d1", ""), failed("d1")));
        assertInstanceOf(Outcome.Failed.class, board.causedBy("event-d1").orElseThrow().outcome().orElseThrow());
        assertEquals(Optional.empty(), board.causedBy("another event on the same dataset"));
    }

    @Test
    void givenADeploymentUnderAnotherLabel_whenFolded_thenNoRunIsMadeUp() {
        Deploy byHand = Deploy.newBuilder().setModelName("hone-nano").setRevision("base").setModel(ref("base/hone-nano/manifest.json")).build();
        assertTrue(folded(List.of(event("hone-nano", "", byHand))).all().isEmpty());
    }

    @Test
    void givenADatasetThatFeedbackMade_whenAskedByItsParent_thenItAndItsRunAreFound() {
        RunBoard board = folded(List.of(dataset("d1", ""), dataset("d2", "d1"), requested()));
        assertEquals("d2", board.grownFrom("d1", "support").orElseThrow().getDatasetId());
        assertEquals(Optional.empty(), board.grownFrom("d1", "another model that learned from it"));
        assertEquals("r1", board.ofDataset("d1").orElseThrow().id());
        assertEquals("r1", board.causedBy("event-d1").orElseThrow().id());
    }

    private static Run run(RunBoard board) {
        return board.run("r1").orElseThrow();
    }

    private static RunBoard folded(List<Event<?>> events) {
        RunBoard board = new RunBoard();
        events.forEach(board::apply);
        return board;
    }

    private Event<?> dataset(String id, String parent) {
        return event(id, "", DatasetReady.newBuilder().setDatasetId(id).setModelName("support").setBaseModel("hone-nano")
                .setTrainRows(10).setParentDatasetId(parent).build());
    }

    private Event<?> requested() {
        return event("r1", "event-d1", TrainRequested.newBuilder().setRunId("r1").setDatasetId("d1").setModelName("support").setBaseModel("hone-nano").build());
    }

    private Event<?> progress(long step) {
        return event("r1", "", RunProgress.newBuilder().setRunId("r1").setStage("train").setStep(step).setTotalSteps(10).build());
    }

    private Event<?> trained() {
        return event("r1", "", AdapterTrained.newBuilder().setRunId("r1").setSteps(10).build());
    }

    private Event<?> quantized() {
        return event("r1", "", QuantizeDone.newBuilder().setRunId("r1").build());
    }

    private Event<?> evaluated(boolean passed, boolean deploy) {
        return event("r1", "", EvalDone.newBuilder().setRunId("r1").setPassed(passed).setReason("a reason")
                .setRecipe(Recipe.newBuilder().setGate(GateRecipe.newBuilder().setDeploy(deploy))).build());
    }

    private Event<?> deployed() {
        return event("support", "", Deploy.newBuilder().setModelName("support").setRevision("r1").setScheme("int8")
                .setModel(ref("models/r1/int8/manifest.json")).build());
    }

    private Event<?> failed(String runId) {
        return event(runId, "event-" + runId, RunFailed.newBuilder().setRunId(runId).setStage("train").setCode("out_of_memory")
                .setMessage("Expected memory, found none.").setKind("error").build());
    }

    private static ArtifactRef ref(String manifest) {
        return ArtifactRef.newBuilder().setManifest(manifest).build();
    }

    private <T extends Message> Event<T> event(String subject, String causationId, T data) {
        return new Event<>("id", "type", "test", subject, subject, causationId, START.plusSeconds(sequence++), "", data);
    }
}
