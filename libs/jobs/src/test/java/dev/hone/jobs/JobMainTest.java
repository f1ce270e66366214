package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobMainTest {

    private final List<JobFailure> told = new ArrayList<>();

    @Test
    void givenJobThatReturns_whenItRuns_thenItIsDone() {
        assertEquals(0, JobMain.outcome(job(context -> { }), context()));
    }

    @Test
    void givenJobThatStops_whenItRuns_thenItAsksForARestartAndTellsNobody() {
        assertEquals(75, JobMain.outcome(job(context -> {
            throw new JobStopped("at a checkpoint", null);
        }), context()));
        assertTrue(told.isEmpty());
    }

    @Test
    void givenUserError_whenItRuns_thenItIsToldAndFinal() {
        assertEquals(64, JobMain.outcome(job(context -> {
            throw JobFailure.userError("empty_dataset", "Expected a row, found none.");
        }), context()));
        assertEquals("empty_dataset", told.getFirst().code());
        assertTrue(told.getFirst().userError());
    }

    @Test
    void givenBug_whenItRuns_thenItIsToldAsInternalError() {
        assertEquals(70, JobMain.outcome(job(context -> {
            throw new IllegalStateException("a bug");
        }), context()));
        assertEquals("internal_error", told.getFirst().code());
    }

    @Test
    void givenTooLittleHeap_whenItRuns_thenTheCodeSaysSo() {
        assertEquals(70, JobMain.outcome(job(context -> {
            throw new OutOfMemoryError("Java heap space");
        }), context()));
        assertEquals("out_of_memory", told.getFirst().code());
    }

    @Test
    void givenNobodyCanBeTold_whenJobFails_thenItAsksForARestart() {
        Job mute = new Job() {
            @Override
            public void run(JobContext context) throws Exception {
                throw JobFailure.userError("empty_dataset", "Expected a row, found none.");
            }

            @Override
            public void tell(JobContext context, JobFailure failure) throws Exception {
                throw new java.io.IOException("no broker");
            }
        };
        assertEquals(75, JobMain.outcome(mute, context()));
    }

    @Test
    void givenFileOrVariable_whenEventIsRead_thenEitherWorksAndNeitherIsAnError(@TempDir Path dir) throws Exception {
        Path file = Files.writeString(dir.resolve("event.json"), "{\"a\":1}");

        assertEquals("{\"a\":1}", JobMain.event(new String[] {"--event", file.toString()}, Map.of()));
        assertEquals("{\"b\":2}", JobMain.event(new String[0], Map.of("HONE_JOB_EVENT", "{\"b\":2}")));
        assertThrows(IllegalArgumentException.class, () -> JobMain.event(new String[0], Map.of()));
        assertThrows(IllegalArgumentException.class, () -> JobMain.event(new String[] {"--help"}, Map.of()));
    }

    private interface Body {
        void run(JobContext context) throws Exception;
    }

    private Job job(Body body) {
        return new Job() {
            @Override
            public void run(JobContext context) throws Exception {
                body.run(context);
            }

            @Override
            public void tell(JobContext context, JobFailure failure) {
                told.add(failure);
            }
        };
    }

    private static JobContext context() {
        return new JobContext("{}", Path.of("."), () -> false);
    }
}
