package dev.hone.cli.chaos.fault;

import java.time.Duration;

/**
 * One fault of a schedule.
 *
 * @param number from 1, in the order of {@code at}
 * @param at     since the first submission
 * @param pick   chooses among what is there when its time comes; not negative
 * @param length how long it lasts, where it lasts
 */
public record Fault(int number, FaultKind kind, Duration at, int pick, Duration length) {

    public Fault {
        if (number < 1 || pick < 0 || at.isNegative() || length.isNegative()) {
            throw new IllegalArgumentException("Expected a number from 1 and a pick, time and length of at least 0, found " + number + ", " + pick + ", " + at + ", " + length + ".");
        }
    }

    /** The one that the pick chooses of {@code size}. */
    public int among(int size) {
        return pick % size;
    }
}
