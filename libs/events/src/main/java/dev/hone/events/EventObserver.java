package dev.hone.events;

import java.time.Duration;

/** Hears what becomes of the records that arrive in an {@link Inbox}, for whoever counts. Called by the thread that handles. */
public interface EventObserver {
    /** Hears and forgets. */
    EventObserver NOBODY = new EventObserver() {};

    /** A record was done with, one way or the other. @param took with all its tries */
    default void handled(Topic topic, Duration took) {}

    /** Something that the record needs is away; it is tried again. */
    default void unavailable(Topic topic) {}

    /** The record went to the dead letters. @param code the stable word of {@link InvalidEvent}, or {@code internal_error} */
    default void putAside(Topic topic, String code) {}
}
