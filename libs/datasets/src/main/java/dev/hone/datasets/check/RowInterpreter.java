package dev.hone.datasets.check;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.datasets.read.ColumnCheck;
import dev.hone.datasets.read.UnusableFile;
import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the values of one file into canonical rows. A file's first understood row settles of which kind all are. */
public final class RowInterpreter implements ColumnCheck {
    private final ColumnMapping mapping;
    private final Map<List<String>, Optional<Shape>> shapes = new HashMap<>();
    private Shape first;

    public RowInterpreter(ColumnMapping mapping) {
        this.mapping = mapping;
    }

    @Override
    public void check(List<String> columns) throws UnusableFile {
        if (shape(columns).isEmpty()) {
            throw new UnusableFile("no_columns_fit", "Expected " + (mapping.isEmpty() ? "columns of known names (" + knownNames() + ")"
                    : "the columns that the mapping names, " + mapping.columns()) + "; found the columns " + columns
                    + ". Say which to use: prompt=COLUMN,completion=COLUMN, or prompt=COLUMN,chosen=COLUMN,rejected=COLUMN, or text=COLUMN.");
        }
    }

    /** Of all rows; chat before the first. */
    public Row.Kind kind() {
        return first == null ? Row.Kind.CHAT : first.kind();
    }

    /** How the rows are understood, for the report; empty before the first. */
    public String describe() {
        return first == null ? "" : first.describe();
    }

    /** @throws RowRejected with the code and sentence for the report */
    public Row interpret(JsonNode value) throws RowRejected {
        if (!value.isObject()) {
            throw new RowRejected("data_type", "Expected a row to be an object, found " + Conversations.kind(value) + ".");
        }
        List<String> keys = new ArrayList<>();
        value.fieldNames().forEachRemaining(keys::add);
        Shape shape = shape(keys).orElse(null);
        if (shape == null) {
            throw notUnderstood(keys);
        }
        first = first == null ? shape : first;
        if (first.kind() != shape.kind()) {
            throw new RowRejected("mixed_rows", "Expected rows of one kind (" + first.describe() + " as in the first), found " + shape.describe()
                    + ". Send conversations, raw text and pairs of answers as datasets of their own.");
        }
        return row(shape, value);
    }

    private Optional<Shape> shape(List<String> keys) {
        return shapes.size() > 10_000 ? Shape.of(keys, mapping) : shapes.computeIfAbsent(keys, k -> Shape.of(k, mapping));
    }

    private RowRejected notUnderstood(List<String> keys) {
        String found = "found the keys " + keys + ".";
        if (!mapping.isEmpty()) {
            return new RowRejected("missing_key", "Expected the keys that the mapping names, " + mapping.columns() + "; " + found);
        }
        return switch (first) {
            case Shape.Pair pair -> new RowRejected(keys.contains(pair.prompt()) ? "empty_completion" : "empty_prompt",
                    "Expected \"" + pair.prompt() + "\" and \"" + pair.completion() + "\" as in the first row, " + found);
            case Shape.RawText text -> new RowRejected("missing_content", "Expected \"" + text.key() + "\" as in the first row, " + found);
            case Shape.Preference pair -> new RowRejected("missing_key", "Expected \"" + pair.chosen() + "\" and \"" + pair.rejected() + "\" as in the first row, " + found);
            case null, default -> new RowRejected("missing_messages_list", "Expected \"messages\", or keys of known names (" + knownNames() + "); " + found);
        };
    }

    private static String knownNames() {
        return String.join(", ", Shape.KNOWN_PAIRS.stream().map(pair -> String.join("/", pair)).toList()) + ", prompt/chosen/rejected, text";
    }

    private static Row row(Shape shape, JsonNode value) throws RowRejected {
        return switch (shape) {
            case Shape.Conversation c -> new Row.Chat(Conversations.openAi(value));
            case Shape.ShareGpt s -> new Row.Chat(Conversations.shareGpt(value));
            case Shape.Pair pair -> new Row.Chat(pair(pair, value));
            case Shape.Preference pair -> PreferredAnswers.of(pair, value);
            case Shape.OpenAiPreference o -> PreferredAnswers.openAi(value);
            case Shape.RawText text -> text(Conversations.text(value.get(text.key()), "\"" + text.key() + "\""));
        };
    }

    private static Row text(String text) throws RowRejected {
        if (text.isBlank()) {
            throw new RowRejected("missing_content", "Expected text, found none.");
        }
        return new Row.Text(text);
    }

    private static List<ChatMessage> pair(Shape.Pair pair, JsonNode value) throws RowRejected {
        refuseBad(value);
        JsonNode prompt = value.path(pair.prompt());
        JsonNode completion = value.path(pair.completion());
        List<ChatMessage> messages = new ArrayList<>();
        optional(value, pair.system()).ifPresent(system -> messages.add(new ChatMessage("system", system)));
        history(value.path(pair.history()), messages);
        if (prompt.isArray() && completion.isArray()) {
            messages.addAll(Conversations.messages(prompt));
            messages.addAll(Conversations.messages(completion));
            return messages;
        }
        String asked = stripped(prompt, pair.prompt(), "empty_prompt");
        Optional<String> input = optional(value, pair.input());
        messages.add(new ChatMessage("user", input.map(more -> asked + "\n" + more).orElse(asked)));
        messages.add(new ChatMessage(ChatMessage.ASSISTANT, stripped(completion, pair.completion(), "empty_completion")));
        return messages;
    }

    /** KTO's rows: single answers with a verdict. Learned like others, the bad ones would be taught. */
    private static void refuseBad(JsonNode value) throws RowRejected {
        for (String verdict : List.of("label", "kto_tag")) {
            if (value.path(verdict).isBoolean() && !value.get(verdict).asBoolean()) {
                throw new RowRejected("unsupported_label", "Expected an answer to learn, found one that \"" + verdict + "\" calls bad."
                        + " Leave the row out, or send it as \"rejected\" beside a \"chosen\" answer.");
            }
        }
    }

    static Optional<String> optional(JsonNode value, String key) {
        return Optional.of(value.path(key).asText("").strip()).filter(text -> !text.isEmpty());
    }

    static String stripped(JsonNode value, String key, String codeWhenEmpty) throws RowRejected {
        if (value.isMissingNode() || value.isNull() || value.isTextual() && value.asText().isBlank()) {
            throw new RowRejected(codeWhenEmpty, "Expected text under \"" + key + "\", found none.");
        }
        return Conversations.text(value, "\"" + key + "\"").strip();
    }

    /** Alpaca's turns before this one: a list of question and answer. */
    private static void history(JsonNode history, List<ChatMessage> messages) throws RowRejected {
        for (JsonNode turn : history) {
            if (!turn.isArray() || turn.size() != 2) {
                throw new RowRejected("data_type", "Expected \"history\" to be a list of question and answer, found " + Conversations.kind(turn) + ".");
            }
            messages.add(new ChatMessage("user", Conversations.text(turn.get(0), "\"history\"")));
            messages.add(new ChatMessage(ChatMessage.ASSISTANT, Conversations.text(turn.get(1), "\"history\"")));
        }
    }
}
