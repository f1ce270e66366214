package dev.hone.serving.feedback;

import dev.hone.llm.text.ChatMessage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Recent answers, so that feedback can name one by its id alone. Bounded by characters, the oldest forgotten first; in
 * memory only, because whoever wants feedback to outlive a restart sends the conversation along.
 */
public final class AnswerMemory {
    public record Answer(String id, List<ChatMessage> prompt, String text) {
        public Answer {
            prompt = List.copyOf(prompt);
        }

        long characters() {
            return id.length() + text.length() + prompt.stream().mapToLong(message -> message.content().length()).sum();
        }
    }

    private final long capacity;
    private final Map<String, Answer> byId = new HashMap<>();
    private final ArrayDeque<Answer> oldestFirst = new ArrayDeque<>();
    private long characters;

    /** @param capacity characters of ids, prompts and answers together */
    public AnswerMemory(long capacity) {
        this.capacity = capacity;
    }

    public synchronized void remember(Answer answer) {
        byId.put(answer.id(), answer);
        oldestFirst.add(answer);
        characters += answer.characters();
        while (characters > capacity) {
            Answer oldest = oldestFirst.remove();
            byId.remove(oldest.id());
            characters -= oldest.characters();
        }
    }

    public synchronized Optional<Answer> recall(String id) {
        return Optional.ofNullable(byId.get(id));
    }
}
