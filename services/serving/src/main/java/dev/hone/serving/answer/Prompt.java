package dev.hone.serving.answer;

import dev.hone.llm.text.ChatMessage;
import java.util.List;

/** What is to be continued or answered. */
public sealed interface Prompt {
    /** Raw text, continued as it is. */
    record Text(String text) implements Prompt {}

    /** A conversation, laid out by the model's own chat template. */
    record Chat(List<ChatMessage> messages) implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
        }
    }

    /** Token ids of the model's own tokenizer. */
    record Tokens(int[] ids) implements Prompt {}
}
