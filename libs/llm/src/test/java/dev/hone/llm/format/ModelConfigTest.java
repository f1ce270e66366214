package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelConfigTest {
    private static final ModelConfig NANO = ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10000, 512, true, 0.02);

    @TempDir
    Path dir;

    @Test
    void givenAConfig_whenWrittenAndLoaded_thenItIsTheSame() {
        Json.write(dir.resolve("config.json"), NANO.toJson());
        assertEquals(NANO, ModelConfig.load(dir));
    }

    @Test
    void givenAnOldConfigWithoutHeadDimAndKeyValueHeads_whenLoaded_thenTheyFollowFromTheOthers() {
        ObjectNode json = NANO.toJson();
        json.remove(java.util.List.of("head_dim", "num_key_value_heads"));
        Json.write(dir.resolve("config.json"), json);
        assertEquals(64, ModelConfig.load(dir).headDim());
        assertEquals(4, ModelConfig.load(dir).numKeyValueHeads());
    }

    @Test
    void givenWhatWouldBeComputedDifferently_whenLoaded_thenTheKeyIsNamed() {
        assertRefused("model_type", NANO.toJson().put("model_type", "mixtral"));
        assertRefused("hidden_act", NANO.toJson().put("hidden_act", "gelu"));
        assertRefused("attention_dropout", NANO.toJson().put("attention_dropout", 0.1));
        assertRefused("partial_rotary_factor", NANO.toJson().put("partial_rotary_factor", 0.5));
        ObjectNode scaled = NANO.toJson();
        scaled.putObject("rope_scaling").put("rope_type", "yarn").put("factor", 8.0);
        assertRefused("rope_scaling", scaled);
        ObjectNode halfTold = NANO.toJson();
        halfTold.putObject("rope_scaling").put("rope_type", "llama3").put("factor", 8.0);
        assertRefused("low_freq_factor", halfTold);
        assertRefused("hidden_size", NANO.toJson().put("hidden_size", "big"));
    }

    @Test
    void givenAKeyThatNobodyKnows_whenItSaysSomething_thenTheModelIsRefusedAndOtherwiseNot() {
        assertRefused("residual_multiplier", NANO.toJson().put("residual_multiplier", 0.22));
        Json.write(dir.resolve("config.json"), NANO.toJson().put("residual_multiplier", (String) null).put("use_new_idea", false).put("_name_or_path", "x"));
        assertEquals(NANO, ModelConfig.load(dir));
    }

    private void assertRefused(String key, ObjectNode json) {
        Json.write(dir.resolve("config.json"), json);
        String message = assertThrows(FormatException.class, () -> ModelConfig.load(dir)).getMessage();
        assertTrue(message.contains(key), message);
    }
}
