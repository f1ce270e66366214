package dev.hone.serving.access;

import java.time.Duration;

/**
 * So much a minute: a full minute's worth may go at once, and comes back evenly. The level may fall below zero, because what
 * an answer costs is known only at its end; nothing is let through until it has risen again.
 */
final class Bucket {
    private static final double NANOS_PER_MINUTE = 60e9;

    private final double perMinute;
    private double level;
    private long at;

    Bucket(double perMinute, long now) {
        this.perMinute = perMinute;
        this.level = perMinute;
        this.at = now;
    }

    /** @return zero if there is as much, otherwise after how long there will be */
    Duration wait(double amount, long now) {
        refill(now);
        double missing = amount - level;
        return missing <= 0 ? Duration.ZERO : Duration.ofNanos((long) Math.ceil(missing / perMinute * NANOS_PER_MINUTE));
    }

    void take(double amount) {
        level -= amount;
    }

    private void refill(long now) {
        level = Math.min(perMinute, level + (now - at) / NANOS_PER_MINUTE * perMinute);
        at = now;
    }
}
