package dev.hone.llm.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * llama.cpp's name ({@code tokenizer.ggml.pre}) for the way a byte-level tokenizer splits text before it merges. llama.cpp
 * knows a fixed set of ways, told apart here by the regular expressions of {@code tokenizer.json} themselves, so that a
 * tokenizer that was trained anew but splits like a known one has its name too.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp">llm_tokenizer_bpe</a>
 */
final class PreTokenizer {
    /** What ByteLevel splits by itself: GPT-2's expression. */
    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String DIGIT = "digit";
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|";
    private static final String WORD = "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String REST = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String LOWER = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+";
    private static final String UPPER = "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*";
    private static final String SLASHED = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String ENDING = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|";

    /** Expressions in order, one line each. */
    private static final Map<String, String> KNOWN = Map.of(
            GPT2, "gpt-2",
            DIGIT + "\n" + GPT2, "smollm",
            CONTRACTIONS + WORD + "\\p{N}{1,3}" + REST, "dbrx",
            CONTRACTIONS + WORD + "\\p{N}" + REST, "qwen2",
            CONTRACTIONS + "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "qwen35",
            LOWER + "|" + UPPER + "|\\p{N}" + SLASHED, "tekken",
            LOWER + ENDING + UPPER + ENDING + "\\p{N}{1,3}" + SLASHED, "gpt-4o");

    /** The same expressions, for tokenizers that look a whole word up before they merge. */
    private static final Map<String, String> WHOLE_WORDS = Map.of("dbrx", "llama-bpe", "tekken", "tekken");

    private PreTokenizer() {}

    /**
     * Empty where llama.cpp has nothing that splits the same way.
     *
     * @param ignoresMerges whether a word that is a token as a whole is taken as one
     */
    static Optional<String> name(JsonNode preTokenizer, boolean ignoresMerges) {
        List<String> expressions = new ArrayList<>();
        if (!collect(preTokenizer, expressions)) {
            return Optional.empty();
        }
        String known = KNOWN.get(String.join("\n", expressions));
        if (known == null) {
            return Optional.empty();
        }
        boolean always = known.equals("tekken");
        if (ignoresMerges) {
            return Optional.ofNullable(WHOLE_WORDS.get(known));
        }
        return always ? Optional.empty() : Optional.of(known);
    }

    private static boolean collect(JsonNode node, List<String> expressions) {
        switch (node.path("type").asText("")) {
            case "Sequence" -> {
                for (JsonNode part : node.path("pretokenizers")) {
                    if (!collect(part, expressions)) {
                        return false;
                    }
                }
                return true;
            }
            case "Digits" -> {
                expressions.add(DIGIT);
                return node.path("individual_digits").asBoolean();
            }
            case "Split" -> {
                expressions.add(node.path("pattern").path("Regex").asText());
                return !node.path("invert").asBoolean() && node.path("behavior").asText().equals("Isolated");
            }
            case "ByteLevel" -> {
                if (node.path("use_regex").asBoolean(true)) {
                    expressions.add(GPT2);
                }
                return !node.path("add_prefix_space").asBoolean();
            }
            default -> {
                return false;
            }
        }
    }
}
