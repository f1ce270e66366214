package dev.hone.serving.request;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.generate.Penalties;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.Refusal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sampling by the names that OpenAI and, for what OpenAI has not, vLLM gave it.
 *
 * @param temperature unless a request says another
 * @param tokens most of an answer, unless a request says another
 * @param mostTokens of an answer, whatever a request says
 */
public record SamplingFields(double temperature, int tokens, int mostTokens) {
    private static final int MOST_STOPS = 16;

    public Sampling read(Fields fields) throws Refusal {
        List<String> stop = fields.texts("stop");
        if (stop.size() > MOST_STOPS) {
            throw Fields.invalid("stop", "Expected at most " + MOST_STOPS + " stop strings, found " + stop.size() + ".");
        }
        // vLLM and Transformers say -1 where all tokens are meant
        int topK = Math.max(0, fields.integer("top_k", 0, -1, Integer.MAX_VALUE));
        Penalties penalties = new Penalties(fields.number("repetition_penalty", 1, 0.01, 10),
                fields.number("presence_penalty", 0, -2, 2), fields.number("frequency_penalty", 0, -2, 2));
        try {
            return new Sampling(fields.number("temperature", temperature, 0, 10), topK, topP(fields), fields.number("min_p", 0, 0, 1), penalties, bias(fields),
                    fields.integer("seed").orElseGet(() -> ThreadLocalRandom.current().nextLong()), maxTokens(fields), stop);
        } catch (IllegalArgumentException e) {
            throw Fields.invalid("", e.getMessage());
        }
    }

    private static double topP(Fields fields) throws Refusal {
        double topP = fields.number("top_p", 1, 0, 1);
        // OpenAI allows it and means the likeliest token
        return topP == 0 ? Double.MIN_VALUE : topP;
    }

    private int maxTokens(Fields fields) throws Refusal {
        String name = fields.has("max_completion_tokens") ? "max_completion_tokens" : "max_tokens";
        return Math.min(fields.integer(name, tokens, 0, Integer.MAX_VALUE), mostTokens);
    }

    private static Map<Integer, Double> bias(Fields fields) throws Refusal {
        Map<Integer, Double> bias = new HashMap<>();
        if (fields.object("logit_bias").isPresent()) {
            for (Map.Entry<String, JsonNode> one : fields.object("logit_bias").get().json().properties()) {
                bias.put(token(one.getKey()), weight(one.getValue()));
            }
        }
        return bias;
    }

    private static int token(String id) throws Refusal {
        try {
            return Integer.parseUnsignedInt(id);
        } catch (NumberFormatException e) {
            throw Fields.invalid("logit_bias", "Expected logit_bias to name token ids, found \"" + id + "\".");
        }
    }

    private static double weight(JsonNode value) throws Refusal {
        if (!value.isNumber() || Math.abs(value.doubleValue()) > 100) {
            throw Fields.invalid("logit_bias", "Expected biases from -100 to 100 in logit_bias, found " + value + ".");
        }
        return value.doubleValue();
    }
}
