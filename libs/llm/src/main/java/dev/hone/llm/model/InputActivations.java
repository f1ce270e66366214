package dev.hone.llm.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import java.nio.file.Files;
import java.nio.file.Path;

/** What config.json says about the activations that quantized modules read, in the words of compressed-tensors. */
final class InputActivations {
    private InputActivations() {}

    /**
     * @return 8 where activations are rounded to int8 token by token, 0 where they are not
     * @throws FormatException if they are rounded in another way
     */
    static int bits(Path directory) {
        Path file = directory.resolve("config.json");
        int bits = 0;
        for (JsonNode group : Files.exists(file) ? Json.read(file).path("quantization_config").path("config_groups") : Json.object()) {
            JsonNode inputs = group.path("input_activations");
            if (inputs.isObject()) {
                requireKnown(file, inputs);
                bits = 8;
            }
        }
        return bits;
    }

    private static void requireKnown(Path file, JsonNode inputs) {
        boolean known = inputs.path("num_bits").asInt() == 8 && inputs.path("type").asText("int").equals("int") && inputs.path("symmetric").asBoolean(true)
                && inputs.path("strategy").asText().equals("token") && inputs.path("dynamic").asBoolean();
        if (!known) {
            throw new FormatException("Expected input_activations in " + file + " as dynamic, symmetric int8 by token, found " + inputs
                    + ". Quantize the model with dynamic activations, or without rounded activations.");
        }
    }
}
