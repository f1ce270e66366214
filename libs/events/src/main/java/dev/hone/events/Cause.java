package dev.hone.events;

import java.util.Objects;

/** Why an event is written: the event before it in the chain, or something outside such as an upload. */
public record Cause(String id, String correlationId, String traceparent) {

    public Cause {
        Objects.requireNonNull(id, "id");
        correlationId = correlationId == null ? "" : correlationId;
        traceparent = traceparent == null ? "" : traceparent;
    }

    /** The start of a chain, named by what is stable about it (a content hash, an answer id): a repeat gives the same ids. */
    public static Cause outside(String stableName) {
        return new Cause(stableName, "", "");
    }

    /** The same cause within the given run. */
    public Cause correlated(String runId) {
        return new Cause(id, runId, traceparent);
    }
}
