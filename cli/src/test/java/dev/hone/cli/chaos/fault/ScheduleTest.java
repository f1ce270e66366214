package dev.hone.cli.chaos.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final Duration SPAN = Duration.ofMinutes(15);

    @Test
    void givenASeed_whenPlannedTwice_thenTheFaultsAreTheSame() {
        assertEquals(Schedule.of(7, 100, SPAN), Schedule.of(7, 100, SPAN));
        assertNotEquals(Schedule.of(7, 100, SPAN), Schedule.of(8, 100, SPAN));
    }

    @Test
    void givenANumberOfKills_whenPlanned_thenThereAreSoManyAndOthersBetweenThem() {
        Schedule schedule = Schedule.of(7, 100, SPAN);
        assertEquals(100, schedule.faults().stream().filter(fault -> fault.kind().isKill()).count());
        assertEquals(FaultKind.values().length, Schedule.of(7, 500, SPAN).counts().size(), "every kind comes in the end");
    }

    @Test
    void givenASpan_whenPlanned_thenFaultsAreInOrderAndTheLastIsAtItsEnd() {
        List<Fault> faults = Schedule.of(3, 40, SPAN).faults();
        for (int i = 1; i < faults.size(); i++) {
            assertTrue(faults.get(i - 1).at().compareTo(faults.get(i).at()) <= 0);
            assertEquals(i + 1, faults.get(i).number());
        }
        assertEquals(SPAN, faults.getLast().at());
    }

    @Test
    void givenFaultsThatLast_whenPlanned_thenOnlyTheyHaveALength() {
        Map<Boolean, List<Fault>> byLength = Schedule.of(5, 200, SPAN).faults().stream().collect(java.util.stream.Collectors.partitioningBy(fault -> fault.length().isZero()));
        List<FaultKind> lasting = List.of(FaultKind.PAUSE, FaultKind.FULL_STORE, FaultKind.CUT, FaultKind.STALL, FaultKind.DELAY);
        assertTrue(byLength.get(false).stream().allMatch(fault -> lasting.contains(fault.kind())));
        assertTrue(byLength.get(true).stream().noneMatch(fault -> lasting.contains(fault.kind())));
    }
}
