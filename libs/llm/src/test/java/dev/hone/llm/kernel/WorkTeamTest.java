package dev.hone.llm.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

class WorkTeamTest {
    @Test
    void givenManyTasks_whenRun_thenEachPartIsDoneOnceAndBeforeTheReturn() {
        try (WorkTeam team = WorkTeam.of(3)) {
            for (int task = 0; task < 20_000; task++) {
                int parts = task % 7;
                AtomicIntegerArray done = new AtomicIntegerArray(7);
                team.run(parts, done::incrementAndGet);
                for (int part = 0; part < 7; part++) {
                    assertEquals(part < parts ? 1 : 0, done.get(part), "task " + task + " part " + part);
                }
            }
        }
    }

    @Test
    void givenAPartThatFails_whenRun_thenTheCallerHearsOfItAndTheTeamGoesOn() {
        try (WorkTeam team = WorkTeam.of(2)) {
            IllegalStateException failed = assertThrows(IllegalStateException.class, () -> team.run(8, part -> {
                if (part == 5) {
                    throw new IllegalArgumentException("five");
                }
            }));
            assertTrue(failed.getMessage().contains("five"));
            AtomicIntegerArray done = new AtomicIntegerArray(8);
            team.run(8, done::incrementAndGet);
            assertEquals(1, done.get(5));
        }
    }
}
