package dev.hone.cli.chaos;

import dev.hone.cli.chaos.fault.Schedule;
import dev.hone.cli.console.Failure;
import java.time.Duration;

/**
 * What is to be done, and how long it may take.
 *
 * @param kills    of processes by SIGKILL
 * @param datasets submissions
 * @param limit    for the disturbed run, from the first submission until it is quiet; as long again for the undisturbed one
 */
record ChaosPlan(long seed, int kills, int datasets, Duration limit) {
    /** The rest is for coming to rest. */
    private static final double FAULTS = 0.7;
    /** Fewer kills do not need all the time there is. */
    private static final Duration LONGEST_PER_KILL = Duration.ofSeconds(20);

    ChaosPlan {
        if (kills < 1 || datasets < 1 || limit.compareTo(Duration.ofMinutes(1)) < 0) {
            throw new Failure(Failure.USAGE, "Expected at least one kill, one dataset and one minute, found --kills " + kills + " --datasets " + datasets + " --time-limit " + limit.toMinutes() + ".");
        }
    }

    /** From the first fault to the last. */
    Duration span() {
        return Duration.ofMillis(Math.min(Math.round(limit.toMillis() * FAULTS), kills * LONGEST_PER_KILL.toMillis()));
    }

    Schedule schedule() {
        return Schedule.of(seed, kills, span());
    }
}
