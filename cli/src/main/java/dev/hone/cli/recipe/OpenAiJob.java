package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.stream.IntStream;

/** The job of OpenAI's fine-tuning API, as a client sends it or as it was returned. What is {@code auto} is left to the planner. */
final class OpenAiJob {
    private static final int LARGEST_MICRO_BATCH = 4;

    static final Map<String, Translation.Handler> HANDLERS = Map.ofEntries(
            Map.entry("model", (to, key, value) -> to.base(value.asText())),
            Map.entry("training_file", (to, key, value) -> to.dataset(new DatasetRef(value.asText(), false, Map.of()))),
            Map.entry("validation_file", (to, key, value) -> to.dataset(new DatasetRef(value.asText(), true, Map.of()))),
            Map.entry("method", (to, key, value) -> to.readAll("method.", "method.", value)),
            Map.entry("method.type", OpenAiJob::type),
            Map.entry("method.supervised", (to, key, value) -> to.readAll("method.supervised.", key + ".", value)),
            Map.entry("method.dpo", (to, key, value) -> to.readAll("method.dpo.", key + ".", value)),
            Map.entry("method.supervised.hyperparameters", OpenAiJob::hyperparameters),
            Map.entry("method.dpo.hyperparameters", OpenAiJob::hyperparameters),
            Map.entry("hyperparameters", OpenAiJob::hyperparameters),
            Map.entry("hyperparameters.n_epochs", unlessAuto("num_epochs")),
            Map.entry("hyperparameters.beta", unlessAuto("rl_beta")),
            Map.entry("hyperparameters.batch_size", OpenAiJob::batchSize),
            Map.entry("hyperparameters.learning_rate_multiplier", OpenAiJob::multiplier));

    private OpenAiJob() {}

    static void begin(Translation to) {
        to.set("objective", "chat");
    }

    static void finish(Translation to) {}

    private static void type(Translation to, String key, JsonNode value) {
        switch (value.asText()) {
            case "supervised" -> to.set("objective", "chat");
            case "dpo" -> to.set("objective", "preference");
            default -> throw to.refused(key, value, "would have trained by another method than supervised or dpo");
        }
    }

    private static void hyperparameters(Translation to, String key, JsonNode value) {
        to.readAll("hyperparameters.", key + ".", value);
    }

    private static Translation.Handler unlessAuto(String setting) {
        return (to, key, value) -> {
            if (!isAuto(value)) {
                to.set(setting, value, key);
            }
        };
    }

    private static boolean isAuto(JsonNode value) {
        return value.asText().equals("auto");
    }

    /** So many rows a step, in pieces that fit nearly anywhere: accumulation changes memory and not the result. */
    private static void batchSize(Translation to, String key, JsonNode value) {
        if (isAuto(value)) {
            return;
        }
        int rows = Math.max(1, value.asInt());
        int piece = IntStream.rangeClosed(1, LARGEST_MICRO_BATCH).filter(size -> rows % size == 0).max().orElse(1);
        to.set("micro_batch_size", (double) piece);
        to.set("gradient_accumulation_steps", (double) (rows / piece));
    }

    private static void multiplier(Translation to, String key, JsonNode value) {
        if (isAuto(value) || value.asDouble() == 1) {
            to.notNeeded(key, value, "the planner's rate is taken as it is");
        } else {
            to.notSupported(key, value, "would have multiplied a rate that OpenAI does not tell; the planner chooses one by the model's size, and --set learning_rate=… sets another");
        }
    }
}
