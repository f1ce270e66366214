package dev.hone.llm.data;

import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TokenizedPair;
import dev.hone.llm.text.TokenizedRow;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** A canonical training row: a conversation, raw text, or two answers of which one is better. */
public sealed interface Row {
    /** What a dataset consists of; its name in lower case stands in manifests and events. */
    enum Kind {
        CHAT, TEXT, PREFERENCE;

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    default Kind kind() {
        return switch (this) {
            case Chat chat -> Kind.CHAT;
            case Text text -> Kind.TEXT;
            case Preference pair -> Kind.PREFERENCE;
        };
    }

    /** @param messages at least one; the answers to learn are the assistant's of weight 1 */
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

    /**
     * What was asked, and two ways to go on. Both answers are learned from as a whole, so no message in them has weight 0.
     *
     * @param prompt   at least one message
     * @param chosen   the better one; it and {@code rejected} end with an answer of the assistant
     */
    record Preference(List<ChatMessage> prompt, List<ChatMessage> chosen, List<ChatMessage> rejected) implements Row {
        public Preference {
            prompt = List.copyOf(prompt);
            chosen = List.copyOf(chosen);
            rejected = List.copyOf(rejected);
            if (prompt.isEmpty()) {
                throw new IllegalArgumentException("A preference row needs a prompt of at least one message, found none.");
            }
            requireAnswer(chosen, "chosen");
            requireAnswer(rejected, "rejected");
        }

        private static void requireAnswer(List<ChatMessage> messages, String name) {
            if (messages.isEmpty() || !messages.getLast().isAssistant() || messages.stream().anyMatch(message -> message.weight() == 0)) {
                throw new IllegalArgumentException("A preference row needs an assistant's message at the end of \"" + name
                        + "\", and none of weight 0 in it.");
            }
        }

        /** The prompt with the better answer. */
        public List<ChatMessage> chosenConversation() {
            return Stream.concat(prompt.stream(), chosen.stream()).toList();
        }

        /** Both answers after the prompt, each cut to {@code maxTokens}. */
        public TokenizedPair tokenizePair(ChatTokenizer tokenizer, int maxTokens) {
            return tokenizer.pair(prompt, chosen, rejected, maxTokens);
        }
    }

    /** Tokens and which of them to learn: the answers of a chat, everything of a text, the better answer of a pair. */
    default TokenizedRow tokenize(ChatTokenizer tokenizer, int maxTokens) {
        return tokenize(tokenizer, maxTokens, false);
    }

    /** @param trainOnInputs of a chat, learn every token but those of messages of weight 0; pairs know no such thing */
    default TokenizedRow tokenize(ChatTokenizer tokenizer, int maxTokens, boolean trainOnInputs) {
        return switch (this) {
            case Chat chat -> tokenizer.row(chat.messages(), maxTokens, trainOnInputs);
            case Text text -> tokenizer.text(text.text(), maxTokens);
            case Preference pair -> pair.tokenizePair(tokenizer, maxTokens).chosen();
        };
    }
}
