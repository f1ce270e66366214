package dev.hone.telemetry.meters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.google.protobuf.Message;
import dev.hone.events.Event;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.EvalDone;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RunMetersTest {
    private static final Instant BEGUN = Instant.parse("2026-01-01T10:00:00Z");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private Instant now = BEGUN;
    private final RunMeters meters = new RunMeters(registry, new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    });

    private static <T extends Message> Event<T> event(String id, Instant time, T data) {
        return new Event<>(id, "t", "test", "r1", "r1", "cause", time, "", data);
    }

    private void hear(String run, int step, double seconds, double loss) {
        now = BEGUN.plusMillis(Math.round(seconds * 1000));
        meters.progress(event("p" + seconds, now, RunProgress.newBuilder().setRunId(run).setStage("train").setModelName("m").setStep(step).setTotalSteps(10)
                .setLoss(loss).setSecondsRunning(seconds).setSecondsWaited(20).build()));
    }

    private static Event<AdapterTrained> trained(Instant time) {
        return event("done", time, AdapterTrained.newBuilder().setRunId("r1").build());
    }

    private double value(String name) {
        return registry.get(name).tag("run_id", "r1").gauge().value();
    }

    @Test
    void givenARunAtWork_whenItSaysHowItStands_thenItHasGaugesOfWhatIsKnownAndOfNothingElse() {
        hear("r1", 1, 2, 0);
        assertNull(registry.find("hone.run.loss").gauge(), "an unknown loss is no zero");

        hear("r1", 3, 4, 1.5);
        assertEquals(3, value("hone.run.step"));
        assertEquals(1.5, value("hone.run.loss"));
        assertEquals(BEGUN.getEpochSecond() + 4, value("hone.run.heard.timestamp.seconds"));
        assertNull(registry.find("hone.run.gpu.utilization").gauge());
        assertEquals(1, registry.get("hone.runs.active").tag("stage", "train").gauge().value());
    }

    @Test
    void givenARunThatStaysAtItsStep_whenItSaysSoAgain_thenItIsHeardOfAndHasNotMoved() {
        hear("r1", 3, 4, 1);
        hear("r1", 3, 400, 1);

        assertEquals(BEGUN.getEpochSecond() + 4, value("hone.run.moved.timestamp.seconds"));
        assertEquals(BEGUN.getEpochSecond() + 400, value("hone.run.heard.timestamp.seconds"));
    }

    @Test
    void givenARunAtWork_whenItsStageEnds_thenItIsCountedTimedFromTheRequestAndItsGaugesAreGone() {
        hear("r1", 3, 40, 1);
        meters.done("train", "r1", trained(BEGUN.plusSeconds(100)));
        hear("r1", 10, 100.2, 1);

        assertNull(registry.find("hone.run.step").gauge(), "what it says after its end is an echo");
        assertEquals(1, registry.get("hone.runs").tag("stage", "train").tag("outcome", "done").counter().count());
        assertEquals(120, registry.get("hone.runs.stage").tag("outcome", "done").timer().totalTime(TimeUnit.SECONDS), 1e-6);
        assertEquals(20, registry.get("hone.runs.wait").timer().totalTime(TimeUnit.SECONDS), 1e-6);
    }

    @Test
    void givenAResult_whenItIsDeliveredTwice_thenItCountsOnceAndWhenItIsMadeAnewItCountsAgain() {
        meters.done("train", "r1", trained(BEGUN));
        meters.done("train", "r1", trained(BEGUN));
        meters.done("train", "r1", trained(BEGUN.plusSeconds(60)));

        assertEquals(2, registry.get("hone.runs").tag("stage", "train").tag("outcome", "done").counter().count());
    }

    @Test
    void givenAFailure_whenItIsTold_thenItCountsByStageCodeAndKind() {
        hear("r1", 3, 4, 1);
        meters.failed(event("f", now, RunFailed.newBuilder().setRunId("r1").setStage("train").setCode("out_of_memory").setKind("error").build()));

        assertEquals(1, registry.get("hone.run.failures").tag("code", "out_of_memory").tag("kind", "error").counter().count());
        assertEquals(1, registry.get("hone.runs").tag("stage", "train").tag("outcome", "error").counter().count());
        assertNull(registry.find("hone.run.step").gauge());
    }

    @Test
    void givenARunWhoseJobWaits_whenItsLauncherSaysSo_thenItWaitsUntilItsProcessSpeaks() {
        hear("r1", 0, 0, 0);
        assertEquals(1, registry.get("hone.runs.waiting").tag("stage", "train").gauge().value());
        assertEquals(0, registry.get("hone.runs.active").tag("stage", "train").gauge().value());

        hear("r1", 0, 1, 0);
        assertEquals(0, registry.get("hone.runs.waiting").tag("stage", "train").gauge().value());
        assertEquals(1, registry.get("hone.runs.active").tag("stage", "train").gauge().value());
    }

    @Test
    void givenMoreRunsThanPlaces_whenTheySpeak_thenTheOldestHaveNoGauges() {
        for (int run = 0; run < RunMeters.MOST + 5; run++) {
            hear("run" + run, 1, 1, 1);
        }
        assertEquals(RunMeters.MOST, registry.find("hone.run.loss").gauges().size());
        assertNull(registry.find("hone.run.loss").tag("run_id", "run0").gauge());
    }

    @Test
    void givenARunThatFellSilent_whenThatIsLong_thenItsGaugesAreGone() {
        hear("r1", 1, 1, 1);
        now = now.plus(RunMeters.LONGEST_SILENCE).plus(Duration.ofSeconds(1));

        assertEquals(0, registry.get("hone.runs.active").tag("stage", "train").gauge().value());
        assertNull(registry.find("hone.run.loss").gauge());
    }

    @Test
    void givenTheGatesWord_whenItIsHeard_thenItCountsByOutcome() {
        meters.judged(event("e", BEGUN, EvalDone.newBuilder().setRunId("r1").build()), false);

        assertEquals(1, registry.get("hone.gate.results").tag("outcome", "refused").counter().count());
        assertEquals(0, registry.get("hone.gate.results").tag("outcome", "passed").counter().count());
    }
}
