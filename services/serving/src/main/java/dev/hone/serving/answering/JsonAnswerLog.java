package dev.hone.serving.answering;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.Json;
import dev.hone.llm.text.ChatMessage;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;

/** Redacted lines of JSON, of all answers of a model, a share of them, or none. */
public final class JsonAnswerLog implements AnswerLog {
    private final Shares shares;
    private final List<Redaction> redactions;
    private final Consumer<String> lines;
    private final DoubleSupplier dice;

    /** How much is written down. @param usual share of the answers of models that are not named, 0 to 1 @param byModel shares of others */
    public record Shares(double usual, Map<String, Double> byModel) {
        public Shares {
            byModel = Map.copyOf(byModel);
        }

        /** @param settings {@code off}, {@code on}, or a share such as {@code 0.01} */
        public static Shares of(String usual, Map<String, String> settings) {
            return new Shares(share(usual), settings.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey, entry -> share(entry.getValue()))));
        }

        private static double share(String setting) {
            double share = switch (setting) {
                case "off" -> 0;
                case "on" -> 1;
                default -> setting.matches("[0-9]*\\.?[0-9]+") ? Double.parseDouble(setting) : -1;
            };
            if (share < 0 || share > 1) {
                throw new IllegalArgumentException("Expected off, on, or a share from 0 to 1 of the answers to be logged, found \"" + setting + "\".");
            }
            return share;
        }

        double of(String model) {
            return byModel.getOrDefault(model, usual);
        }

        public boolean isOff() {
            return usual == 0 && byModel.values().stream().allMatch(share -> share == 0);
        }
    }

    /** @param lines gets one JSON object at a time */
    public JsonAnswerLog(Shares shares, List<Redaction> redactions, Consumer<String> lines) {
        this(shares, redactions, lines, () -> ThreadLocalRandom.current().nextDouble());
    }

    JsonAnswerLog(Shares shares, List<Redaction> redactions, Consumer<String> lines, DoubleSupplier dice) {
        this.shares = shares;
        this.redactions = List.copyOf(redactions);
        this.lines = lines;
        this.dice = dice;
    }

    @Override
    public void write(Entry entry) {
        double share = shares.of(entry.model());
        if (share == 1 || share > 0 && dice.getAsDouble() < share) {
            lines.accept(json(entry).toString());
        }
    }

    private ObjectNode json(Entry entry) {
        ObjectNode json = Json.object().put("answer_id", entry.answerId()).put("model", entry.model()).put("revision", entry.revision());
        if (!entry.caller().isEmpty()) {
            json.put("caller", entry.caller());
        }
        ArrayNode prompt = json.putArray("prompt");
        for (ChatMessage message : entry.prompt()) {
            prompt.addObject().put("role", message.role()).put("content", redacted(message.content()));
        }
        return json.put("answer", redacted(entry.answer())).put("finish", entry.finish())
                .put("prompt_tokens", entry.promptTokens()).put("answer_tokens", entry.answerTokens());
    }

    private String redacted(String text) {
        String kept = text;
        for (Redaction redaction : redactions) {
            kept = redaction.redact(kept);
        }
        return kept;
    }
}
