package dev.hone.ingest.feedback;

import dev.hone.datasets.check.Prompts;
import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import dev.hone.v1.FeedbackGiven;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/** One feedback event, as it is kept. @param id of the event: the same id is the same feedback */
record Said(String id, Instant time, FeedbackGiven feedback) {

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
