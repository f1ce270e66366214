package dev.hone.ingest.feedback.log;

import java.time.Instant;

/**
 * One event on its way into a segment.
 *
 * @param offset of its record
 * @param json   as it is kept, without a line end
 */
public record Line(long offset, String model, Meaning meaning, Instant time, byte[] json) {

    /** What an event is to the next dataset. */
    public enum Meaning { CORRECTION, LIKED, BAD, OTHER }
}
