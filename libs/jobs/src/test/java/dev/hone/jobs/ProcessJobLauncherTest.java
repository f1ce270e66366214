package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessJobLauncherTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path dir;

    private final List<String> lost = new CopyOnWriteArrayList<>();

    @Test
    void givenSameJobTwice_whenTheFirstIsOpen_thenOneProcessRuns() throws Exception {
        try (JobLauncher launcher = launcher()) {
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(spec("train-a", "until-stopped")));
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(spec("train-a", "until-stopped")));
            await(() -> starts("train-a") == 1);
        }
        assertEquals(1, starts("train-a"));
    }

    @Test
    void givenFinishedJob_whenItIsLaunchedAgain_thenItRunsAgainSoThatItCanRepeatItsEvent() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "done"));
            await(() -> closed("train-a"));
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(spec("train-a", "done")));
            await(() -> starts("train-a") == 2);
        }
    }

    @Test
    void givenJobIsKilledOnce_whenItsProcessEnds_thenItStartsAgain() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "crash-once"));
            await(() -> closed("train-a"));
        }
        assertEquals(2, starts("train-a"));
        assertTrue(lost.isEmpty());
    }

    @Test
    void givenJobCrashesEveryTime_whenTheLimitIsReached_thenItIsLostAndSaidSo() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "crash"));
            await(() -> !lost.isEmpty());
        }
        assertEquals(List.of("train-a job_crashed"), lost);
        assertEquals(3, starts("train-a"), "the first start and max-crashes more");
    }

    @Test
    void givenUserError_whenJobEnds_thenItIsNotStartedAgainNorCalledLost() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "refuse"));
            await(() -> closed("train-a"));
        }
        assertEquals(1, starts("train-a"));
        assertEquals("refused", Files.readString(dir.resolve("train-a.told")));
        assertTrue(lost.isEmpty());
    }

    @Test
    void givenServiceStops_whenItStartsAgain_thenTheJobContinuesFromItsCheckpoint() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "until-stopped"));
            await(() -> starts("train-a") == 1);
        }
        assertFalse(closed("train-a"), "a stopped job stays open");

        try (JobLauncher again = launcher()) {
            await(() -> closed("train-a"));
        }
        assertEquals(2, starts("train-a"));
        assertTrue(lost.isEmpty());
    }

    @Test
    void givenServiceWasKilled_whenItStartsAgain_thenItAdoptsTheRunningJob() throws Exception {
        JobState state = new JobState(config().directory().resolve("train-a"));
        state.open(spec("train-a", "until-stopped"));
        Process orphan = start(state);
        await(() -> starts("train-a") == 1);

        try (JobLauncher launcher = launcher()) {
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(spec("train-a", "until-stopped")));
            orphan.destroy();
            await(() -> closed("train-a"));
        }
        assertEquals(2, starts("train-a"), "the adopted process and its continuation");
    }

    @Test
    void givenServiceWasKilledBeforeItKnewItsJob_whenItStartsAgain_thenNoSecondProcessWorksBesideTheFirst() throws Exception {
        JobState state = new JobState(config().directory().resolve("train-a"));
        state.open(spec("train-a", "until-stopped"));
        Process orphan = start(state);
        await(() -> starts("train-a") == 1);
        Files.delete(state.directory().resolve("process"));

        try (JobLauncher launcher = launcher()) {
            await(() -> state.exit().equals(OptionalInt.of(JobExitCodes.RESTART)));
            assertEquals(1, starts("train-a"), "the second process does nothing");
            orphan.destroy();
            await(() -> closed("train-a"));
        }
        assertEquals(2, starts("train-a"), "the first process and its continuation");
        assertTrue(lost.isEmpty(), "waiting is no crash");
    }

    @Test
    void givenAnotherJvmReckonsTheStartASecondOff_whenItLooks_thenTheProcessIsTheSame() throws Exception {
        JobState state = new JobState(config().directory().resolve("train-a"));
        state.open(spec("train-a", "done"));
        ProcessHandle self = ProcessHandle.current();
        long started = self.info().startInstant().orElseThrow().toEpochMilli();
        Files.writeString(state.directory().resolve("process"), self.pid() + " " + (started + 1_000));
        assertTrue(state.running().isPresent());
        Files.writeString(state.directory().resolve("process"), self.pid() + " " + (started + 10_000));
        assertTrue(state.running().isEmpty(), "the id was given to another process");
    }

    @Test
    void givenJobIsDoneButItsProcessHangs_whenItLingers_thenItIsKilledAndCountsAsDone() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "hang"));
            await(() -> closed("train-a"));
        }
        assertEquals(1, starts("train-a"));
        assertTrue(lost.isEmpty());
    }

    @Test
    void givenTwoJobsAndOneSlot_whenTheFirstRuns_thenTheSecondWaits() throws Exception {
        try (JobLauncher launcher = launcher()) {
            launcher.launch(spec("train-a", "until-stopped"));
            launcher.launch(spec("train-b", "done"));
            await(() -> starts("train-a") == 1);
            Thread.sleep(300);
            assertEquals(0, starts("train-b"));
        }
        try (JobLauncher again = launcher()) {
            await(() -> closed("train-a") && closed("train-b"));
        }
    }

    /** As the launcher starts it, but with nobody to supervise it. */
    private Process start(JobState state) throws IOException {
        List<String> command = new java.util.ArrayList<>(JobCommand.of("64m", ScriptedJob.class.getName()));
        command.addAll(List.of("--event", state.event().toString()));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(state.log().toFile());
        builder.environment().put(JobMain.DIRECTORY, state.directory().toString());
        Process process = builder.start();
        state.started(process.toHandle());
        return process;
    }

    private JobLauncher launcher() {
        return new ProcessJobLauncher(config(), (job, event, failure) -> lost.add(job + " " + failure.code()));
    }

    private JobConfig config() {
        Map<String, String> values = Map.of("hone.jobs.heap", "64m", "hone.jobs.max-crashes", "2", "hone.jobs.restart-pause-ms", "50");
        return JobConfig.from(dir, key -> Optional.ofNullable(values.get(key)));
    }

    private JobSpec spec(String name, String what) {
        return new JobSpec(name, ScriptedJob.class.getName(), what + " " + dir.resolve(name), Map.of());
    }

    private int starts(String name) throws IOException {
        Path notes = dir.resolve(name);
        return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
    }

    private boolean closed(String name) throws IOException {
        Path folder = config().directory().resolve(name);
        return Files.exists(folder.resolve("exit")) && new JobState(folder).spec().isEmpty();
    }

    private static void await(Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            assertTrue(System.nanoTime() < end, "did not happen within " + PATIENCE.toSeconds() + " s");
            Thread.sleep(20);
        }
    }
}
