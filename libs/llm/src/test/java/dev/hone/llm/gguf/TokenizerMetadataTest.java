package dev.hone.llm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.llm.format.FormatException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** That llama.cpp cuts texts the same way with these keys is shown by src/test/golden/check_gguf.py. */
class TokenizerMetadataTest {
    private static final Path NANO = Path.of(System.getProperty("hone.root"), "models/hone-nano");
    private static final String PIECES = """
            {"added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 1, "content": "<s>", "special": true}, {"id": 2, "content": "</s>", "special": true},
                              {"id": 9, "content": "\u2581\u2581", "special": false}, {"id": 10, "content": "<|end|>", "special": false}],
             "normalizer": {"type": "Sequence", "normalizers": [%s{"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
             "pre_tokenizer": null,
             "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]},
             "model": {"type": "BPE", "byte_fallback": true, "unk_token": "<unk>",
                       "vocab": {"<unk>": 0, "<s>": 1, "</s>": 2, "<0x0A>": 3, "\u2581": 4, "a": 5, "b": 6, "ab": 7, "\u2581ab": 8},
                       "merges": ["a b", ["\u2581", "ab"]]}}
            """;

    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();

    private Map<String, GgufValue> metadata(String tokenizer, String config, int vocabulary) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer);
        Files.writeString(folder.resolve("tokenizer_config.json"), config);
        return TokenizerMetadata.of(new TokenizerJson(folder), vocabulary, notes);
    }

    @Test
    void givenPiecesWithBytesToFallBackOn_whenWritten_thenEachScoreIsThePlaceOfItsMerge() throws IOException {
        Map<String, GgufValue> values = metadata(PIECES.formatted("{\"type\": \"Prepend\", \"prepend\": \"\u2581\"},"),
                "{\"bos_token\": \"<s>\", \"eos_token\": {\"content\": \"</s>\"}, \"chat_template\": \"{{ messages }}\"}", 12);
        assertEquals(new GgufValue.Text("llama"), values.get("tokenizer.ggml.model"));
        assertEquals(new GgufValue.Texts(List.of("<unk>", "<s>", "</s>", "<0x0A>", "\u2581", "a", "b", "ab", "\u2581ab", "  ", "<|end|>", "[PAD11]")), values.get("tokenizer.ggml.tokens"));
        assertArrayEquals(new int[] {2, 3, 3, 6, 1, 1, 1, 1, 1, 4, 3, 5}, ((GgufValue.Ints) values.get("tokenizer.ggml.token_type")).values());
        float never = -10_000;
        assertArrayEquals(new float[] {never, never, never, never, never, never, never, 0, -1, never, never, never}, ((GgufValue.Reals) values.get("tokenizer.ggml.scores")).values());
        assertEquals(new GgufValue.Flag(true), values.get("tokenizer.ggml.add_space_prefix"));
        assertEquals(new GgufValue.Flag(true), values.get("tokenizer.ggml.add_bos_token"));
        assertEquals(new GgufValue.Flag(false), values.get("tokenizer.ggml.add_eos_token"));
        assertEquals(new GgufValue.Count(1), values.get("tokenizer.ggml.bos_token_id"));
        assertEquals(new GgufValue.Count(2), values.get("tokenizer.ggml.eos_token_id"));
        assertEquals(new GgufValue.Text("{{ messages }}"), values.get("tokenizer.chat_template"));
        assertFalse(values.containsKey("tokenizer.ggml.merges"));
    }

    @Test
    void givenNoSpaceBeforeTheFirstWordAndAFlagAgainstTheTemplate_whenWritten_thenBothAreSaid() throws IOException {
        Map<String, GgufValue> values = metadata(PIECES.formatted(""), "{\"bos_token\": \"<s>\", \"add_bos_token\": false}", 11);
        assertEquals(new GgufValue.Flag(false), values.get("tokenizer.ggml.add_space_prefix"));
        assertEquals(new GgufValue.Flag(false), values.get("tokenizer.ggml.add_bos_token"));
    }

    @Test
    void givenHoneNano_whenWritten_thenItIsByteLevelBpeThatSplitsLikeSmolLm() {
        Map<String, GgufValue> values = TokenizerMetadata.of(new TokenizerJson(NANO), 4096, notes);
        assertEquals(new GgufValue.Text("gpt2"), values.get("tokenizer.ggml.model"));
        assertEquals(new GgufValue.Text("smollm"), values.get("tokenizer.ggml.pre"));
        List<String> merges = ((GgufValue.Texts) values.get("tokenizer.ggml.merges")).values();
        assertEquals(3834, merges.size());
        assertEquals("\u0120 t", merges.getFirst());
        assertEquals("<|end|>", ((GgufValue.Texts) values.get("tokenizer.ggml.tokens")).values().get(1));
        int[] types = ((GgufValue.Ints) values.get("tokenizer.ggml.token_type")).values();
        assertEquals(List.of(3, 3, 1), List.of(types[0], types[5], types[6]));
        assertEquals(new GgufValue.Count(1), values.get("tokenizer.ggml.eos_token_id"));
        assertEquals(new GgufValue.Count(5), values.get("tokenizer.ggml.padding_token_id"));
        assertEquals(new GgufValue.Flag(false), values.get("tokenizer.ggml.add_bos_token"));
        assertTrue(values.containsKey("tokenizer.chat_template"));
        assertEquals(List.of(), notes);
    }

    @Test
    void givenASecondTokenThatEndsAnswers_whenWritten_thenItEndsATurn() throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [2, 10]}");
        assertEquals(new GgufValue.Count(10), metadata(PIECES.formatted(""), "{\"eos_token\": \"</s>\"}", 11).get("tokenizer.ggml.eot_token_id"));
    }

    @Test
    void givenAWayOfSplittingThatLlamaCppDoesNotKnow_whenWritten_thenANoteSaysSo() throws IOException {
        String tokenizer = """
                {"pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
                 "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
                """;
        assertEquals(new GgufValue.Text("gpt-2"), metadata(tokenizer, "{}", 1).get("tokenizer.ggml.pre"));
        assertEquals(1, notes.size());
        assertTrue(notes.getFirst().contains("other tokens"), notes.getFirst());
    }

    @Test
    void givenMoreTokensThanTheEmbeddingHasRows_whenWritten_thenItIsRefused() {
        assertTrue(assertThrows(FormatException.class, () -> metadata(PIECES.formatted(""), "{}", 10)).getMessage().contains("at most 10 tokens"));
    }

    @Test
    void givenAnotherKindOfTokenizer_whenRead_thenItIsRefused() {
        assertTrue(assertThrows(FormatException.class, () -> metadata("{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}", "{}", 10)).getMessage().contains("found Unigram"));
        assertTrue(assertThrows(FormatException.class, () -> new TokenizerJson(folder.resolve("none"))).getMessage().contains("tokenizer.json"));
    }

    /** Expressions as they stand in the tokenizer.json of Llama 3, Qwen 2.5, Mistral Nemo and GPT-4o. */
    @ParameterizedTest
    @CsvSource(delimiter = '#', value = {
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+#true#llama-bpe",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+#false#dbrx",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+#false#qwen2",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+#true#tekken",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+#false#gpt-4o"})
    void givenAPublishedExpression_whenNamed_thenItHasLlamaCppsName(String expression, boolean whole, String expected) throws JsonProcessingException {
        ObjectMapper json = new ObjectMapper();
        String split = "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": %s}, \"behavior\": \"Isolated\", \"invert\": false}, {\"type\": \"ByteLevel\", \"use_regex\": false}]}"
                .formatted(json.writeValueAsString(expression));
        assertEquals(Optional.of(expected), PreTokenizer.name(json.readTree(split), whole));
        assertEquals(Optional.empty(), PreTokenizer.name(json.readTree(split.replace("Isolated", "MergedWithNext")), whole));
    }

    @ParameterizedTest
    @CsvSource({"phi3-bank,false,phi 3-bank", "My-Phi-3,false,My-phi 3", "bank,false,bank", "bank,true,bank phi-3", "phi-3-bank,true,phi-3-bank"})
    void givenADirectorysName_whenItBecomesTheModels_thenItSaysPhi3WhereTokensSwallowSpaceAndOnlyThere(String directory, boolean swallows, String expected) throws IOException {
        String added = "{\"id\": %d, \"content\": \"%s\", \"special\": true, \"rstrip\": " + swallows + "},";
        Files.writeString(folder.resolve("tokenizer.json"), "{\"added_tokens\": [" + added.formatted(0, "</s>") + added.formatted(1, "<unk>") + added.formatted(2, "<s>")
                + added.formatted(3, "<|endoftext|>").replace("},", "}") + "], \"model\": {\"type\": \"BPE\", \"vocab\": {}}}");
        assertEquals(expected, ModelName.of(Path.of("models", directory), new TokenizerJson(folder)));
    }
}
