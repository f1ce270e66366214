package dev.hone.events;

import com.google.protobuf.Message;
import java.time.Instant;
import java.util.Objects;

/**
 * A message in its CloudEvents 1.0 envelope.
 *
 * @param id            unique and deterministic: the same cause and type give the same id
 * @param source        who wrote it: {@code hone/trainer}, or {@code external} where the record had no envelope
 * @param subject       the record's key: run id, dataset id or model name
 * @param correlationId the same through a whole run
 * @param causationId   the id of the event that caused this one, empty at the start of a chain
 * @param traceparent   W3C trace context
 */
public record Event<T extends Message>(
        String id, String type, String source, String subject, String correlationId, String causationId,
        Instant time, String traceparent, T data) {

    public Event {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(data, "data");
    }

    /** The same event, with its place in the trace taken by the work on it. */
    Event<T> within(String span) {
        return new Event<>(id, type, source, subject, correlationId, causationId, time, span, data);
    }

    /** What this event causes is caused by it. */
    public Cause asCause() {
        return new Cause(id, correlationId, traceparent);
    }
}
