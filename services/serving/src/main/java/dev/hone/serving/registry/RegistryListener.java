package dev.hone.serving.registry;

import dev.hone.events.Event;
import dev.hone.v1.Deploy;

/** What others must be told of. Called on the registry's background thread; may wait. */
public interface RegistryListener {
    /** A revision can never be served as the record says. @param cause a refused artifact, or anything else */
    void unservable(Event<Deploy> record, String revision, String reason, Throwable cause);

    /**
     * The record's candidate fell below its bounds: somebody must withdraw it. It gets no traffic here any more.
     *
     * @throws RuntimeException if that could not be said now; it is tried again
     */
    void failedTrial(Event<Deploy> record, String reason);
}
