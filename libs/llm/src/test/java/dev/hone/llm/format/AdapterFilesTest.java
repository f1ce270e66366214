package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterFilesTest {
    private static final AdapterConfig CONFIG = AdapterConfig.plain(2, 4, List.of("q_proj", "v_proj"), "hone-nano");
    private static final String MODULE = "model.layers.0.self_attn.q_proj";

    @TempDir
    Path dir;

    @Test
    void givenAnAdapter_whenWritten_thenTheFilesAreThoseOfPeft() {
        adapter().write(dir);
        try (SafetensorsFile file = SafetensorsFile.open(dir.resolve("adapter_model.safetensors"))) {
            // the keys of PEFT 0.15 for a causal language model
            assertEquals(Set.of("base_model.model." + MODULE + ".lora_A.weight", "base_model.model." + MODULE + ".lora_B.weight"), file.names());
            assertEquals(List.of(2L, 3L), file.info("base_model.model." + MODULE + ".lora_A.weight").shape());
            assertEquals(List.of(1L, 2L), file.info("base_model.model." + MODULE + ".lora_B.weight").shape());
        }
        var json = Json.read(dir.resolve("adapter_config.json"));
        assertEquals("LORA", json.get("peft_type").asText());
        assertEquals("CAUSAL_LM", json.get("task_type").asText());
        assertEquals("hone-nano", json.get("base_model_name_or_path").asText());
    }

    @Test
    void givenAWrittenAdapter_whenLoaded_thenItIsTheSame() {
        adapter().write(dir);
        AdapterFiles loaded = AdapterFiles.load(dir);
        assertEquals(CONFIG, loaded.config());
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, loaded.pair(MODULE).orElseThrow().a());
        assertArrayEquals(new float[] {7, 8}, loaded.pair(MODULE).orElseThrow().b());
        assertTrue(loaded.pair("model.layers.0.self_attn.k_proj").isEmpty());
    }

    @Test
    void givenRankAndAlpha_whenScaled_thenTheScaleIsThatOfThePapers() {
        assertEquals(2.0, CONFIG.scale(MODULE));
        // rsLoRA, arXiv 2312.03732: alpha / sqrt(r)
        assertEquals(4 / Math.sqrt(2), new AdapterConfig(2, 4, 0, List.of("q_proj"), true, false, Map.of(), Map.of(), List.of(), false, "").scale(MODULE));
    }

    @Test
    void givenKeysOfANewerPeft_whenLoaded_thenTheyAreIgnored() {
        assertEquals(CONFIG, loadWith(Json.object().put("some_future_key", 3)));
    }

    @Test
    void givenPatterns_whenAModuleIsLookedUp_thenTheFirstKeyThatFitsItsEndCounts() {
        ObjectNode patterns = Json.object();
        patterns.putObject("rank_pattern").put("layers.0.self_attn.q_proj", 8).put(".*q_proj", 16);
        patterns.putObject("alpha_pattern").put("v_proj", 6);
        AdapterConfig config = loadWith(patterns);
        assertEquals(8, config.rank(MODULE));
        assertEquals(16, config.rank("model.layers.1.self_attn.q_proj"));
        assertEquals(2, config.rank("model.layers.1.self_attn.v_proj"));
        assertEquals(0.5, config.scale(MODULE));
        assertEquals(3.0, config.scale("model.layers.1.self_attn.v_proj"));
    }

    @Test
    void givenFeaturesThatWouldGiveAnotherResult_whenLoaded_thenEachIsRefusedByName() {
        assertRefused("bias", Json.object().put("bias", "all"));
        assertRefused("peft_type", Json.object().put("peft_type", "IA3"));
        ObjectNode replication = Json.object();
        replication.putArray("layer_replication").addArray().add(0).add(2);
        assertRefused("layer_replication", replication);
    }

    @Test
    void givenMatricesOfAnotherRank_whenLoaded_thenTheFileIsRefused() {
        adapter().write(dir);
        writeConfig(Json.object().put("r", 3));
        assertTrue(assertThrows(FormatException.class, () -> AdapterFiles.load(dir)).getMessage().contains("by r in adapter_config.json"));
    }

    @Test
    void givenHoneJson_whenWrittenAndLoaded_thenItIsTheSame() throws Exception {
        HoneJson hone = new HoneJson("qlora", "nf4", "bf16", "ab");
        hone.write(dir);
        assertEquals(hone, HoneJson.load(dir).orElseThrow());
        assertTrue(HoneJson.load(Files.createDirectory(dir.resolve("other"))).isEmpty());
        assertThrows(FormatException.class, () -> new HoneJson("qlora", "fp8", "bf16", ""));
    }

    private AdapterConfig loadWith(ObjectNode changed) {
        writeConfig(changed);
        return AdapterConfig.load(dir);
    }

    private void writeConfig(ObjectNode changed) {
        ObjectNode json = CONFIG.toJson();
        json.setAll(changed);
        Json.write(dir.resolve("adapter_config.json"), json);
    }

    private void assertRefused(String key, ObjectNode changed) {
        String message = assertThrows(FormatException.class, () -> loadWith(changed)).getMessage();
        assertTrue(message.contains("sets " + key + " to"), message);
    }

    private static AdapterFiles adapter() {
        return new AdapterFiles(CONFIG, Map.of(MODULE, new AdapterFiles.Pair(3, 1, 2, new float[] {1, 2, 3, 4, 5, 6}, new float[] {7, 8})));
    }
}
