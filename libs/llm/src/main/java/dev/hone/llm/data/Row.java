package dev.hone.llm.data;

import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedRow;
import java.util.List;

/** A canonical training row: a conversation, or raw text. */
public sealed interface Row {
    /** @param messages at least one; the answers to learn are the assistant's */
    record Chat(List<ChatMessage> messages) implements Row {
        public Chat {
            messages = List.copyOf(messages);
            if (messages.isEmpty()) {
                throw new IllegalArgumentException("A chat row needs at least one message, found none.");
            }
        }
    }

    record Text(String text) implements Row {
        public Text {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("A text row needs text, found none.");
            }
        }
    }

    /** Tokens and which of them to learn: the answers of a chat, everything of a text. */
    default TokenizedRow tokenize(ChatTokenizer tokenizer, int maxTokens) {
        return switch (this) {
            case Chat chat -> tokenizer.row(chat.messages(), maxTokens);
            case Text text -> tokenizer.text(text.text(), maxTokens);
        };
    }
}
