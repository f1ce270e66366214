package dev.hone.datasets.check;

import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The two halves of a row: what is asked, and the answer at its end. */
public final class Prompts {
    private Prompts() {}

    /** Everything before the last message, or before the two answers; a raw text is its own prompt. */
    public static String of(Row row) {
        return switch (row) {
            case Row.Text text -> text.text();
            case Row.Preference pair -> of(pair.prompt());
            case Row.Chat chat -> of(chat.messages().subList(0, chat.messages().size() - 1));
        };
    }

    public static String of(List<ChatMessage> messages) {
        StringBuilder prompt = new StringBuilder();
        messages.forEach(message -> prompt.append(message.role()).append(": ").append(message.content()).append('\n'));
        return prompt.toString();
    }

    /** What a conversation's last user message asks, for comparing questions. */
    public static String question(List<ChatMessage> messages) {
        return messages.reversed().stream().filter(message -> message.role().equals("user")).map(ChatMessage::content).findFirst().orElse("");
    }

    /** The last message of a chat row. */
    public static String answer(Row.Chat chat) {
        return chat.messages().getLast().content();
    }

    public static Row.Chat withAnswer(Row.Chat chat, String answer) {
        List<ChatMessage> messages = new ArrayList<>(chat.messages().subList(0, chat.messages().size() - 1));
        messages.add(new ChatMessage(ChatMessage.ASSISTANT, answer, chat.messages().getLast().weight()));
        return new Row.Chat(messages);
    }

    /** White space levelled to single spaces, lower case: what is the same to a reader. */
    public static String normalized(String text) {
        return String.join(" ", text.strip().toLowerCase(Locale.ROOT).split("\\s+"));
    }
}
