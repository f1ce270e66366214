package dev.hone.serving.answering;

import dev.hone.llm.constrain.Constraint;
import dev.hone.llm.constrain.Constraints;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.text.ChatMessage;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Prompts as tokens, as conversations, and as what keeps a conversation together. */
final class Prompts {
    private static final String USER = "user";

    private Prompts() {}

    /** At least one token and fewer than the context holds. @throws Refusal INVALID_ARGUMENT with the reason */
    static int[] tokens(Prompt prompt, LoadedModel model) throws Refusal {
        int[] tokens = raw(prompt, model.tokenizer());
        if (tokens.length == 0 || tokens.length >= model.contextLength()) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, "Expected a prompt of 1 to " + (model.contextLength() - 1) + " tokens, as the model reads "
                    + model.contextLength() + " with its answer; found " + tokens.length + ".", "prompt");
        }
        return tokens;
    }

    static int[] raw(Prompt prompt, ChatTokenizer tokenizer) throws Refusal {
        try {
            return switch (prompt) {
                case Prompt.Text text -> tokenizer.encode(text.text());
                case Prompt.Chat chat -> tokenizer.prompt(chat.messages());
                case Prompt.Tokens tokens -> checked(tokens.ids(), tokenizer);
            };
        } catch (ChatTemplateException | IllegalArgumentException e) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, e.getMessage(), "prompt");
        }
    }

    private static int[] checked(int[] ids, ChatTokenizer tokenizer) {
        for (int id : ids) {
            if (id < 0 || id >= tokenizer.vocabularySize()) {
                throw new IllegalArgumentException("Expected token ids from 0 to " + (tokenizer.vocabularySize() - 1) + ", found " + id + ".");
            }
        }
        return ids;
    }

    /** @throws Refusal INVALID_ARGUMENT if the format cannot be held */
    static Optional<Constraint> constraint(Format format, ChatTokenizer tokenizer) throws Refusal {
        try {
            return switch (format) {
                case Format.Free free -> Optional.empty();
                case Format.Json json -> Optional.of(Constraints.json(tokenizer));
                case Format.JsonSchema schema -> Optional.of(Constraints.jsonSchema(tokenizer, schema.schema()));
                case Format.Regex regex -> Optional.of(Constraints.regex(tokenizer, regex.pattern()));
            };
        } catch (IllegalArgumentException | FormatException e) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, e.getMessage(), "response_format");
        }
    }

    /**
     * What stays with one revision while another is tried: the caller's name for it, or else how it began. A conversation
     * that is sent whole with each turn begins the same each time.
     */
    static String conversation(Question question) {
        return question.conversation().orElseGet(() -> switch (question.prompt()) {
            case Prompt.Text text -> text.text();
            case Prompt.Chat chat -> chat.messages().stream().filter(message -> message.role().equals(USER)).findFirst().map(ChatMessage::content).orElse("");
            case Prompt.Tokens tokens -> Arrays.toString(tokens.ids());
        });
    }

    /** As feedback quotes it. */
    static List<ChatMessage> messages(Prompt prompt, ChatTokenizer tokenizer) {
        return switch (prompt) {
            case Prompt.Text text -> List.of(new ChatMessage(USER, text.text()));
            case Prompt.Chat chat -> chat.messages();
            case Prompt.Tokens tokens -> List.of(new ChatMessage(USER, tokenizer.decode(tokens.ids())));
        };
    }
}
