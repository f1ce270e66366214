package dev.hone.jobs;

import java.time.Duration;

/**
 * The time between SIGTERM and SIGKILL.
 *
 * @param shortest for the step under way and the process's own end
 * @param longest more is not given, however large the checkpoint
 * @param bytesPerSecond at which a checkpoint reaches the store, as the slowest that is expected
 */
public record GracePeriod(Duration shortest, Duration longest, long bytesPerSecond) {

    public GracePeriod {
        if (bytesPerSecond < 1 || longest.compareTo(shortest) < 0) {
            throw new IllegalArgumentException("Expected hone.jobs.checkpoint-mb-per-second of at least 1 and hone.jobs.grace-max-seconds of at"
                    + " least hone.jobs.grace-seconds, found " + bytesPerSecond / 1_000_000 + ", " + longest.toSeconds() + " and " + shortest.toSeconds() + ".");
        }
    }

    /** {@code shortest + bytes / rate}, up to the longest. */
    Duration of(long checkpointBytes) {
        Duration wanted = shortest.plusSeconds(Math.ceilDiv(checkpointBytes, bytesPerSecond));
        return wanted.compareTo(longest) > 0 ? longest : wanted;
    }
}
