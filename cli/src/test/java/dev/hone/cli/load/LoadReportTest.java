package dev.hone.cli.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoadReportTest {
    private final Tally tally = new Tally();

    private LoadReport report() {
        return new LoadReport(tally, new MemoryWatch(), Map.of(), 10);
    }

    @Test
    void givenAnswersAndLosses_whenReported_thenItHolds() {
        tally.began("r1", 0.1);
        tally.answered("r1", 0.5, 20);
        tally.count(Outcome.LOST);
        tally.count(Outcome.CANCELLED);
        assertTrue(report().holds());
        assertTrue(String.join("\n", report().lines()).contains("3 requests in 10 s; whole answers gave 2 tokens per second."));
    }

    @Test
    void givenOneFailedRequest_whenReported_thenItDoesNotHoldAndSaysWhy() {
        tally.fault(Outcome.FAILED, "INTERNAL from replica 1");
        assertFalse(report().holds());
        assertTrue(report().lines().contains("failed: INTERNAL from replica 1"));
    }

    @Test
    void givenSamples_whenAQuarterIsAveraged_thenOnlyItsOwnCount() {
        List<MemoryWatch.Sample> samples = IntStream.rangeClosed(0, 100).mapToObj(i -> new MemoryWatch.Sample(i, i * 10L)).toList();
        assertArrayEquals(new double[] {875, 375}, new double[] {MemoryWatch.mean(samples, 0.75, 1), MemoryWatch.mean(samples, 0.25, 0.5)});
    }

    @Test
    void givenLatencies_whenSharesAreAsked_thenTheyAreOfTheSortedOnes() {
        assertArrayEquals(new double[] {3, 5}, Tally.quantiles(new double[] {5, 1, 3, 2, 4}, 0.5, 1));
        assertTrue(Double.isNaN(Tally.quantiles(new double[0], 0.5)[0]));
    }
}
