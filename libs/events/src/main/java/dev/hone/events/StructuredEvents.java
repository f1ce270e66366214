package dev.hone.events;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.Message;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/**
 * An event as one JSON text (CloudEvents' structured mode), for where there is no record to carry headers: a job gets the
 * event it works for as a file or an environment variable.
 */
public final class StructuredEvents {
    private StructuredEvents() {}

    public static String print(Event<?> event) {
        JsonObject json = new JsonObject();
        json.addProperty("specversion", "1.0");
        json.addProperty("id", event.id());
        json.addProperty("type", event.type());
        json.addProperty("source", event.source());
        json.addProperty("subject", event.subject());
        json.addProperty("time", event.time().toString());
        json.addProperty("correlationid", event.correlationId());
        json.addProperty("causationid", event.causationId());
        json.addProperty("traceparent", event.traceparent());
        json.add("data", JsonParser.parseString(EventJson.print(event.data())));
        return json.toString();
    }

    /** @throws InvalidEvent when the text is not a valid event of this topic's type */
    @SuppressWarnings("unchecked")
    public static <T extends Message> Event<T> parse(Topic topic, String text) throws InvalidEvent {
        try {
            JsonObject json = JsonParser.parseString(text).getAsJsonObject();
            if (!topic.type().equals(text(json, "type"))) {
                throw new InvalidEvent("wrong_type", "Expected an event of type " + topic.type() + ", found " + text(json, "type") + ".");
            }
            T data = (T) EventJson.parse(String.valueOf(json.get("data")), topic.prototype(), true);
            return new Event<>(text(json, "id"), topic.type(), text(json, "source"), text(json, "subject"), text(json, "correlationid"),
                    text(json, "causationid"), Instant.parse(text(json, "time")), text(json, "traceparent"), data);
        } catch (JsonParseException | IllegalStateException | DateTimeParseException e) {
            throw new InvalidEvent("invalid_json", "Expected a CloudEvent in structured JSON, found something else: " + e.getMessage());
        }
    }

    /** What an event causes is caused by it, whatever it is. @throws InvalidEvent when the text is no JSON object */
    public static Cause cause(String text) throws InvalidEvent {
        try {
            JsonObject json = JsonParser.parseString(text).getAsJsonObject();
            return new Cause(text(json, "id"), text(json, "correlationid"), text(json, "traceparent"));
        } catch (JsonParseException | IllegalStateException e) {
            throw new InvalidEvent("invalid_json", "Expected a CloudEvent in structured JSON, found something else: " + e.getMessage());
        }
    }

    private static String text(JsonObject json, String attribute) {
        JsonElement value = json.get(attribute);
        return value == null || value.isJsonNull() ? "" : value.getAsString();
    }
}
