package dev.hone.ingest.feedback;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.hone.datasets.check.Prompts;
import dev.hone.events.Event;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.ingest.feedback.log.Line;
import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import dev.hone.v1.FeedbackGiven;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** One feedback event, as it is kept. @param id of the event: the same id is the same feedback */
record Said(String id, Instant time, FeedbackGiven feedback) {
    private static final JsonMapper JSON = new JsonMapper();

    static Said of(Event<FeedbackGiven> event) {
        return new Said(event.id(), event.time(), event.data());
    }

    /** @throws IllegalStateException when it is not what ingest wrote */
    static Said fromJson(String json) throws IOException {
        JsonNode node = JSON.readTree(json);
        try {
            return new Said(node.path("event_id").asText(), Instant.parse(node.path("time").asText()),
                    EventJson.parse(node.path("feedback").toString(), FeedbackGiven.getDefaultInstance()));
        } catch (InvalidEvent e) {
            throw new IllegalStateException("expected feedback as ingest keeps it, found something else: " + e.getMessage(), e);
        }
    }

    /** @param offset of the record it came in */
    Line toLine(long offset) throws IOException {
        ObjectNode json = JSON.createObjectNode().put("event_id", id).put("time", time.toString()).put("offset", offset);
        json.putRawValue("feedback", new RawValue(EventJson.print(feedback)));
        return new Line(offset, feedback.getModelName(), meaning(), time, JSON.writeValueAsBytes(json));
    }

    Line.Meaning meaning() {
        if (isCorrection()) {
            return Line.Meaning.CORRECTION;
        }
        if (isConfirmation()) {
            return Line.Meaning.LIKED;
        }
        return feedback.getVerdict().equals("bad") ? Line.Meaning.BAD : Line.Meaning.OTHER;
    }

    boolean isCorrection() {
        return !feedback.getCorrection().isBlank();
    }

    /** The user liked the answer as it was, and it is known what was asked. */
    boolean isConfirmation() {
        return !isCorrection() && feedback.getVerdict().equals("good") && !feedback.getAnswer().isBlank() && feedback.getPromptCount() > 0;
    }

    /** The conversation with the answer as it should be; in a dataset of pairs, a correction beside the answer it corrects. */
    Row row(Row.Kind kind) {
        List<ChatMessage> prompt = promptMessages();
        List<ChatMessage> better = List.of(new ChatMessage(ChatMessage.ASSISTANT, (isCorrection() ? feedback.getCorrection() : feedback.getAnswer()).strip()));
        if (kind == Row.Kind.PREFERENCE) {
            return new Row.Preference(prompt, better, List.of(new ChatMessage(ChatMessage.ASSISTANT, feedback.getAnswer().strip())));
        }
        return new Row.Chat(Stream.concat(prompt.stream(), better.stream()).toList());
    }

    private List<ChatMessage> promptMessages() {
        return feedback.getPromptList().stream().map(m -> new ChatMessage(m.getRole().equals("developer") ? "system" : m.getRole(), m.getContent())).toList();
    }

    String prompt() {
        return Prompts.normalized(Prompts.of(promptMessages()));
    }
}
