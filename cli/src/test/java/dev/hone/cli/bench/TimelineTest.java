package dev.hone.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.Message;
import dev.hone.events.Event;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimelineTest {
    private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

    @Test
    void givenEventsWithTheirTimes_whenSplit_thenWhatLiesBetweenReportsOfAStageIsNumerical() {
        Timeline timeline = new Timeline(List.of(
                at(0, DatasetReady.getDefaultInstance()), at(1, TrainRequested.getDefaultInstance()),
                at(2, RunProgress.newBuilder().setStage("train").setMessage("loading").build()), at(4, progress("train")), at(8, progress("train")), at(9, AdapterTrained.getDefaultInstance()),
                at(11, progress("quantize")), at(12, progress("quantize")), at(12, QuantizeDone.getDefaultInstance()),
                at(20, EvalDone.getDefaultInstance()), at(21, Deploy.getDefaultInstance())));
        assertEquals(List.of(
                new Timeline.Span("plan", Duration.ofSeconds(1), Duration.ZERO),
                new Timeline.Span("train", Duration.ofSeconds(8), Duration.ofSeconds(4)),
                new Timeline.Span("quantize", Duration.ofSeconds(3), Duration.ofSeconds(1)),
                new Timeline.Span("evaluate", Duration.ofSeconds(8), Duration.ZERO),
                new Timeline.Span("deploy", Duration.ofSeconds(1), Duration.ZERO)), timeline.spans());
        assertEquals("all         21.00       5.00          16.00", timeline.lines().getLast());
    }

    private static RunProgress progress(String stage) {
        return RunProgress.newBuilder().setStage(stage).setTotalSteps(9).build();
    }

    private static <T extends Message> Event<T> at(int second, T data) {
        return new Event<>("id", "type", "test", "r1", "r1", "", START.plusSeconds(second), "", data);
    }
}
