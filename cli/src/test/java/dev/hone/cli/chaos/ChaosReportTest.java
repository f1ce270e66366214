package dev.hone.cli.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.cli.CommandRun;
import dev.hone.cli.chaos.check.Violation;
import dev.hone.cli.chaos.fault.Done;
import dev.hone.cli.chaos.fault.Fault;
import dev.hone.cli.chaos.fault.FaultKind;
import dev.hone.cli.console.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ChaosReportTest {
    private static final Instant AT = Instant.parse("2026-01-01T00:10:00Z");
    private static final ChaosPlan PLAN = new ChaosPlan(7, 2, 3, Duration.ofMinutes(5));
    private static final List<Done> FAULTS = List.of(done(1, FaultKind.KILL_BROKER, AT.minusSeconds(20), true), done(2, FaultKind.CUT, AT.minusSeconds(300), false));

    private static Done done(int number, FaultKind kind, Instant at, boolean kill) {
        return new Done(new Fault(number, kind, Duration.ofSeconds(number), 0, Duration.ZERO), kind, at, Duration.ofSeconds(number), "target " + number, kill);
    }

    private static ChaosReport report(Optional<String> quiet, List<Violation> violations) {
        return new ChaosReport(PLAN, Duration.ofSeconds(30), Duration.ofSeconds(90), FAULTS, Map.of("deployed", 3L), Map.of("records", 12L), quiet, Map.of("no orphan object", violations));
    }

    @Test
    void givenNothingLost_whenReported_thenItHoldsAndNamesTheSeedAndTheCounts() {
        ChaosReport report = report(Optional.empty(), List.of());
        assertTrue(report.holds());
        String text = report.in("text");
        assertTrue(text.startsWith("Nothing was lost. 1 kills and 1 other faults"), text);
        assertTrue(text.contains("--seed 7 --kills 2 --datasets 3 --time-limit 5"), text);
        assertTrue(report.in("markdown").contains("| kill -9 of the broker | 1 |"), report.in("markdown"));
    }

    @Test
    void givenAViolation_whenReported_thenOnlyTheFaultsAroundItAreShown() {
        ChaosReport report = report(Optional.empty(), List.of(new Violation("no orphan object", "adapters/x", "Expected an owner, found none.", Optional.of(AT))));
        assertFalse(report.holds());
        String text = report.in("text");
        assertTrue(text.contains("adapters/x") && text.contains("Expected an owner") && text.contains("target 1"), text);
        assertFalse(text.contains("target 2"), text);
    }

    @Test
    void givenAStackThatDidNotComeToRest_whenReported_thenItDoesNotHold() {
        assertFalse(report(Optional.of("Jobs at work: train-r1"), List.of()).holds());
    }

    @Test
    void givenJson_whenRead_thenItHoldsTheSameNumbers() throws Exception {
        JsonNode root = new ObjectMapper().readTree(report(Optional.empty(), List.of()).in("json"));
        assertTrue(root.path("holds").asBoolean());
        assertEquals(1, root.path("kills").asInt());
        assertEquals(2, root.path("faults").size());
        assertEquals(7, root.path("seed").asLong());
    }

    @Test
    void givenNothingToDo_whenPlanned_thenASentenceSaysSo() {
        assertThrows(Failure.class, () -> new ChaosPlan(1, 0, 1, Duration.ofMinutes(5)));
        assertEquals(Failure.USAGE, CommandRun.of("chaos", "--kills", "0", "--plan").exit());
    }

    @Test
    void givenASeed_whenOnlyThePlanIsAskedFor_thenItsFaultsAreListed() {
        CommandRun run = CommandRun.of("chaos", "--seed", "7", "--kills", "5", "--plan");
        assertEquals(0, run.exit());
        assertEquals(5, run.lines().stream().filter(line -> line.contains("kill -9")).count());
    }
}
