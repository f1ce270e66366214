package dev.hone.cli.chaos.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.Manifest;
import dev.hone.cli.chaos.fault.HomeProcesses;
import dev.hone.events.Topic;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Each check is shown a violation, and has to be the one that sees it. */
class ChecksTest {
    private final Found found = new Found();

    @Test
    void givenAStackWithoutAFlaw_whenChecked_thenNothingIsSaid() {
        assertEquals(List.of(), found.complaints(), () -> found.checked().toString());
    }

    @Test
    void givenADeployThatNeverCame_whenChecked_thenTheDatasetIsOpenAndTheVerdictWasLost() {
        found.without(Topic.DEPLOY);
        assertEquals(List.of("every dataset is deployed or its failure told, as in the undisturbed run", "no event is lost: each has its follower"), found.complaints());
    }

    @Test
    void givenAJobThatDiedTooOften_whenItsFailureIsTold_thenThatIsAnEnd() {
        found.without(Topic.ADAPTER_TRAINED).without(Topic.QUANTIZE_DONE).without(Topic.EVAL_DONE).without(Topic.DEPLOY);
        found.weights.clear();
        found.event(Topic.RUN_FAILED, "e9", "e2", Found.failed("job_crashed"));
        assertEquals(List.of(), found.complaints(), () -> found.checked().toString());
    }

    @Test
    void givenAnotherFailureThanUndisturbed_whenChecked_thenItIsSeen() {
        found.event(Topic.RUN_FAILED, "e9", "e2", Found.failed("internal_error"));
        assertTrue(found.complaints().contains("every dataset is deployed or its failure told, as in the undisturbed run"));
    }

    @Test
    void givenAFactWithoutFollower_whenChecked_thenItsPlaceIsNamed() {
        found.without(Topic.QUANTIZE_DONE);
        List<Violation> lost = found.checked().get("no event is lost: each has its follower");
        assertEquals(List.of("adapter.trained/0/0"), lost.stream().map(Violation::subject).toList());
    }

    @Test
    void givenADatasetThatWasNeverPlanned_whenChecked_thenItIsLostThoughAnotherOfItsKindWasPlanned() {
        found.event(Topic.DATASET_READY, "e99", "", Found.ready());
        assertEquals(List.of("no event is lost: each has its follower"), found.complaints());
    }

    @Test
    void givenRecordsThatWereNotCommitted_whenChecked_thenTheGroupIsNamed() {
        found.lags.put("trainer dataset.ready/0", 2L);
        assertEquals(List.of("offsets are committed to the end"), found.complaints());
    }

    @Test
    void givenPoisonThatNobodyPutAside_whenChecked_thenItIsSeen() {
        found.poison("deploy", "not json");
        assertEquals(List.of("poison lies in the dead letters, and nothing else does"), found.complaints());
    }

    @Test
    void givenPoisonInAnothersDeadLetters_whenChecked_thenItIsSeen() {
        found.dead("serving", found.poison("eval.done", "not json"));
        assertEquals(List.of("poison lies in the dead letters, and nothing else does"), found.complaints());
    }

    @Test
    void givenPoisonPutAsideTwice_whenChecked_thenThatIsAtLeastOnceAndFine() {
        found.dead("trainer", "train.requested/0/1");
        assertEquals(List.of(), found.complaints(), () -> found.checked().toString());
    }

    @Test
    void givenAGoodEventInTheDeadLetters_whenChecked_thenItIsSeen() {
        found.dead("trainer", "dataset.ready/0/0");
        assertEquals(List.of("poison lies in the dead letters, and nothing else does"), found.complaints());
    }

    @Test
    void givenTheSameIdWithOtherContent_whenChecked_thenItIsSeen() {
        found.event(Topic.ADAPTER_TRAINED, "e3", "e2", Found.trained().toBuilder().setAdapter(Found.ref("adapters/other/manifest.json")).build());
        assertEquals(List.of("the same event id says the same"), found.complaints());
    }

    @Test
    void givenTheSameEventTwice_whenChecked_thenThatIsFine() {
        found.event(Topic.ADAPTER_TRAINED, "e3", "e2", Found.trained());
        assertEquals(List.of(), found.complaints());
    }

    @Test
    void givenATrainingAfterTheCommit_whenChecked_thenItIsSeen() {
        found.jobLogs.put("train-r1", List.of("INFO run trained runId=r1 steps=24", "INFO predicted runId=r1"));
        assertEquals(List.of("no run is done twice"), found.complaints());
    }

    @Test
    void givenTwoProcessesOfOneJob_whenChecked_thenItIsSeen() {
        found.sideBySide.add("train-r1 in the processes [1, 2]");
        assertEquals(List.of("no run is done twice"), found.complaints());
    }

    @Test
    void givenOneOtherBit_whenChecked_thenTheKeyIsNamed() {
        found.weights.put(Found.ADAPTER, "b".repeat(64));
        List<Violation> differ = found.checked().get("adapters and models are bit-identical to an undisturbed run's");
        assertEquals(List.of(Found.ADAPTER), differ.stream().map(Violation::subject).toList());
    }

    @Test
    void givenAnAdapterThatIsMissing_whenItsRunDidNotFail_thenItIsSeen() {
        found.weights.clear();
        assertEquals(List.of("adapters and models are bit-identical to an undisturbed run's"), found.complaints());
    }

    @Test
    void givenHalfAnUploadACheckpointOrAStrayFile_whenChecked_thenEachIsAnOrphan() {
        found.objects.addAll(List.of("adapters/r2/adapter_model.safetensors", "checkpoints/r1/step-0000000005/progress.json"));
        found.strays.add("adapters/r1/.tmp-123");
        assertEquals(3, found.checked().get("no orphan object").size());
        assertEquals(List.of("no orphan object"), found.complaints());
    }

    @Test
    void givenACommittedCheckpoint_whenItsRunEndedWell_thenItIsAnOrphanAndOfAFailedRunItIsNot() {
        String manifest = "checkpoints/r1/step-0000000005/manifest.json";
        found.objects.add(manifest);
        found.manifests.put(manifest, new Manifest("checkpoint", "r1", "trainer", "2026-01-01T00:00:00Z", List.of(), Map.of()));
        assertEquals(List.of("no orphan object"), found.complaints());
        found.event(Topic.RUN_FAILED, "e9", "e2", Found.failed("job_crashed"));
        assertEquals(List.of(), found.complaints(), () -> found.checked().toString());
    }

    @Test
    void givenAFileThatItsManifestNames_whenItIsMissing_thenItIsSeen() {
        found.objects.remove(Found.ADAPTER);
        assertEquals(List.of("no orphan object"), found.complaints());
    }

    @Test
    void givenAProcessAfterTheStop_whenChecked_thenItIsSeen() {
        found.survivors.add(new HomeProcesses.Found(4711, "train-r1", "java TrainJob"));
        assertEquals(List.of("no orphan process"), found.complaints());
    }

    @Test
    void givenFeedbackLostDoubledInventedOrNeverTaken_whenChecked_thenEachIsSeen() {
        found.kept.clear();
        assertEquals(1, found.checked().get("feedback arrives exactly once").size());
        found.kept.addAll(List.of(Found.FEEDBACK_ID, Found.FEEDBACK_ID, "another"));
        found.unanswered.add("a2");
        assertEquals(3, found.checked().get("feedback arrives exactly once").size());
    }

    @Test
    void givenTheOutcomes_whenAskedFor_thenEachSubmissionHasItsWord() {
        assertEquals(Map.of("chaos-01", java.util.Optional.of("deployed")), Outcomes.of(found.submissions, found.evidence().board()));
    }
}
