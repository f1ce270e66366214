package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * {@code hone.json} beside trained weights: what PEFT's files cannot say, and merging must know.
 *
 * @param method qlora, lora or full
 * @param basePrecision nf4, int8, bf16 or f32: the weights that the adapter was trained against
 * @param computeDtype bf16 or f32: the type in which frozen weights entered the matrix products
 * @param tokenizerSha256 {@link dev.hone.llm.text.ChatTokenizer#sha256()} of the training; empty when unknown
 */
public record HoneJson(String method, String basePrecision, String computeDtype, String tokenizerSha256) {
    private static final String FILE = "hone.json";

    public HoneJson {
        oneOf("method", method, Set.of("qlora", "lora", "full"));
        oneOf("base_precision", basePrecision, Set.of("nf4", "int8", "bf16", "f32"));
        oneOf("compute_dtype", computeDtype, Set.of("bf16", "f32"));
    }

    private static void oneOf(String key, String value, Set<String> allowed) {
        if (!allowed.contains(value)) {
            throw new FormatException("Expected one of " + allowed + " as " + key + " in hone.json, found '" + value + "'.");
        }
    }

    /** Empty for a directory that Hone did not write. */
    public static Optional<HoneJson> load(Path directory) {
        if (!Files.exists(directory.resolve(FILE))) {
            return Optional.empty();
        }
        JsonNode c = Json.read(directory.resolve(FILE));
        return Optional.of(new HoneJson(
                c.path("method").asText(), c.path("base_precision").asText(), c.path("compute_dtype").asText("f32"), c.path("tokenizer_sha256").asText()));
    }

    public void write(Path directory) {
        Json.write(directory.resolve(FILE), Json.object()
                .put("method", method).put("base_precision", basePrecision).put("compute_dtype", computeDtype).put("tokenizer_sha256", tokenizerSha256));
    }
}
