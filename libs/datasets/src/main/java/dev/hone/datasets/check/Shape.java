package dev.hone.datasets.check;

import dev.hone.llm.data.Row;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the keys of a row say it is. */
sealed interface Shape {
    /** OpenAI's chat format. */
    record Conversation() implements Shape {}

    /** ShareGPT: {@code {"conversations":[{"from","value"}]}}. */
    record ShareGpt() implements Shape {}

    /** Prompt and answer; Alpaca has an input beside the instruction. Absent keys are empty. */
    record Pair(String prompt, String input, String completion, String system, String history) implements Shape {}

    record RawText(String key) implements Shape {}

    /** Two answers to a prompt; where the prompt's key is empty, both hold the conversation from its beginning. */
    record Preference(String prompt, String input, String chosen, String rejected, String system) implements Shape {}

    /** OpenAI's format of two answers. */
    record OpenAiPreference() implements Shape {}

    /** Names of what was asked beside {@code chosen} and {@code rejected}, most telling first. */
    List<String> KNOWN_PROMPTS = List.of("prompt", "instruction", "question", "query", "conversations", "messages", "input");

    /** Pairs of names in use, most telling first: a table with both (input, output) and (question, answer) is the latter. */
    List<List<String>> KNOWN_PAIRS = List.of(
            List.of("prompt", "completion"), List.of("instruction", "output"), List.of("instruction", "response"), List.of("question", "answer"),
            List.of("prompt", "response"), List.of("query", "response"), List.of("query", "answer"), List.of("user", "assistant"),
            List.of("input", "output"), List.of("text", "category"), List.of("text", "label"), List.of("text", "intent"),
            List.of("utterance", "intent"), List.of("sentence", "label"), List.of("source", "target"));

    static Optional<Shape> of(Collection<String> keys, ColumnMapping mapping) {
        return mapping.isEmpty() ? guessed(keys) : mapped(keys, mapping.columns());
    }

    private static Optional<Shape> mapped(Collection<String> keys, Map<String, String> columns) {
        if (!keys.containsAll(columns.values())) {
            return Optional.empty();
        }
        if (columns.containsKey("chosen")) {
            return Optional.of(new Preference(columns.getOrDefault("prompt", ""), "", columns.get("chosen"), columns.get("rejected"), columns.getOrDefault("system", "")));
        }
        return Optional.of(columns.containsKey("text") ? new RawText(columns.get("text"))
                : new Pair(columns.get("prompt"), "", columns.get("completion"), columns.getOrDefault("system", ""), ""));
    }

    private static Optional<Shape> guessed(Collection<String> keys) {
        Map<String, String> byLowerCase = new LinkedHashMap<>();
        keys.forEach(key -> byLowerCase.putIfAbsent(key.toLowerCase(Locale.ROOT), key));
        if (keys.contains("preferred_output") && keys.contains("non_preferred_output")) {
            return Optional.of(new OpenAiPreference());
        }
        if (byLowerCase.containsKey("chosen") && byLowerCase.containsKey("rejected")) {
            return Optional.of(preference(byLowerCase));
        }
        if (keys.contains("messages")) {
            return Optional.of(new Conversation());
        }
        if (keys.contains("conversations")) {
            return Optional.of(new ShareGpt());
        }
        Optional<Shape> pair = KNOWN_PAIRS.stream().filter(byLowerCase.keySet()::containsAll).findFirst().map(names -> pair(byLowerCase, names));
        return pair.or(() -> Optional.ofNullable(byLowerCase.get("text")).map(RawText::new));
    }

    private static Shape preference(Map<String, String> byLowerCase) {
        String prompt = KNOWN_PROMPTS.stream().filter(byLowerCase::containsKey).findFirst().orElse("");
        return new Preference(byLowerCase.getOrDefault(prompt, ""), prompt.equals("instruction") ? byLowerCase.getOrDefault("input", "") : "",
                byLowerCase.get("chosen"), byLowerCase.get("rejected"), byLowerCase.getOrDefault("system", ""));
    }

    private static Shape pair(Map<String, String> byLowerCase, List<String> names) {
        boolean alpaca = names.getFirst().equals("instruction");
        return new Pair(byLowerCase.get(names.getFirst()), alpaca ? byLowerCase.getOrDefault("input", "") : "",
                byLowerCase.get(names.getLast()), byLowerCase.getOrDefault("system", ""), alpaca ? byLowerCase.getOrDefault("history", "") : "");
    }

    /** As a report names it. */
    default String describe() {
        return switch (this) {
            case Conversation c -> "messages";
            case ShareGpt s -> "conversations";
            case Pair p -> "prompt=" + p.prompt + (p.input.isEmpty() ? "" : "+" + p.input) + ", completion=" + p.completion;
            case RawText t -> "text=" + t.key;
            case Preference p -> (p.prompt.isEmpty() ? "" : "prompt=" + p.prompt + (p.input.isEmpty() ? "" : "+" + p.input) + ", ")
                    + "chosen=" + p.chosen + ", rejected=" + p.rejected;
            case OpenAiPreference o -> "input, preferred_output, non_preferred_output";
        };
    }

    default Row.Kind kind() {
        return switch (this) {
            case Conversation c -> Row.Kind.CHAT;
            case ShareGpt s -> Row.Kind.CHAT;
            case Pair p -> Row.Kind.CHAT;
            case RawText t -> Row.Kind.TEXT;
            case Preference p -> Row.Kind.PREFERENCE;
            case OpenAiPreference o -> Row.Kind.PREFERENCE;
        };
    }
}
