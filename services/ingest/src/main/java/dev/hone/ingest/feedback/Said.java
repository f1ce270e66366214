package dev.hone.ingest.feedback;

import dev.hone.datasets.check.Prompts;
import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import dev.hone.v1.FeedbackGiven;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** One feedback event, as it is kept. @param id of the event: the same id is the same feedback */
record Said(String id, Instant time, FeedbackGiven feedback) {

    boolean isCorrection() {
        return !feedback.getCorrection().isBlank();
    }

    /** The user liked the answer as it was. */
    boolean isConfirmation() {
        return !isCorrection() && feedback.getVerdict().equals("good") && !feedback.getAnswer().isBlank();
    }

    /** The conversation with the answer as it should be. */
    Row.Chat row() {
        List<ChatMessage> messages = new ArrayList<>();
        feedback.getPromptList().forEach(m -> messages.add(new ChatMessage(m.getRole().equals("developer") ? "system" : m.getRole(), m.getContent())));
        messages.add(new ChatMessage(ChatMessage.ASSISTANT, (isCorrection() ? feedback.getCorrection() : feedback.getAnswer()).strip()));
        return new Row.Chat(messages);
    }

    String prompt() {
        return Prompts.normalized(Prompts.of(row()));
    }
}
