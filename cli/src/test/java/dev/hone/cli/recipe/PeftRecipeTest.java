package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Foreign.noted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.TrainingRecipe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeftRecipeTest {
    @TempDir Path folder;

    private ForeignRecipe lora(String more) {
        return Foreign.text(folder, "{\"peft_type\": \"LORA\", \"target_modules\": \"all-linear\"" + (more.isEmpty() ? "" : ", " + more) + "}");
    }

    private boolean targets(String more, String module) {
        return module.matches(Foreign.text(folder, "{\"peft_type\": \"LORA\", " + more + "}").recipe().getTraining().getLoraTargetModules(0));
    }

    @Test
    void givenTheExample_whenRead_thenTheAdaptersShapeIsOurs() {
        ForeignRecipe read = ForeignRecipe.read(Foreign.example("adapter_config.json")).orElseThrow();
        TrainingRecipe r = read.recipe().getTraining();

        assertEquals(Optional.of("hone-nano"), read.baseModel());
        assertEquals("lora", r.getMethod());
        assertEquals(32, r.getLoraR());
        assertEquals(64, r.getLoraAlpha());
        assertEquals(0.05, r.getLoraDropout());
        assertTrue(r.getPeftUseRslora());
        assertEquals(Map.of("o_proj", 8), r.getLoraRankPatternMap());
        assertEquals(Map.of("o_proj", 16.0), r.getLoraAlphaPatternMap());
        assertTrue("model.layers.4.self_attn.o_proj".matches(r.getLoraTargetModules(0)));
        assertFalse("model.layers.4.self_attn.k_proj".matches(r.getLoraTargetModules(0)));
        assertFalse("model.layers.0.self_attn.o_proj".matches(r.getLoraTargetModules(0)));
        assertFalse(r.hasObjective() || r.hasLearningRate(), "the file says nothing on training");
        assertTrue(read.notes().stream().noneMatch(Note::changes), read.notes()::toString);
    }

    @Test
    void givenAKeyOfANewerPeft_whenRead_thenItIsNotedAndNoError() {
        assertEquals(List.of("use_something_new"), noted(lora("\"use_something_new\": true"), Note.Kind.UNKNOWN));
    }

    @Test
    void givenNoModules_whenRead_thenAllAreTakenAndThatIsNoted() {
        ForeignRecipe read = Foreign.text(folder, "{\"peft_type\": \"LORA\"}");
        assertEquals(List.of("all-linear"), read.recipe().getTraining().getLoraTargetModulesList());
        assertEquals(List.of("target_modules"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertEquals(8, read.recipe().getTraining().getLoraR(), "LoraConfig's default");
    }

    @Test
    void givenModulesAsPeftNamesThem_whenRead_thenOursMatchTheSame() {
        // peft.tuners.tuners_utils.check_target_module_exists: ends of names in lists, whole names for a text, excluded ones first.
        assertTrue(targets("\"target_modules\": [\"q_proj\", \"mlp.up_proj\"], \"layers_to_transform\": 0", "model.layers.0.mlp.up_proj"));
        assertFalse(targets("\"target_modules\": [\"q_proj\"], \"layers_to_transform\": [1]", "model.layers.11.self_attn.q_proj"));
        assertTrue(targets("\"target_modules\": \".*\\\\.self_attn\\\\..*\"", "model.layers.0.self_attn.q_proj"));
        assertFalse(targets("\"target_modules\": \"all-linear\", \"exclude_modules\": [\"down_proj\", \"o_proj\"]", "model.layers.0.mlp.down_proj"));
        assertTrue(targets("\"target_modules\": \"all-linear\", \"exclude_modules\": [\"down_proj\"]", "model.layers.0.mlp.up_proj"));
        assertFalse(targets("\"target_modules\": [\"q_proj\"], \"exclude_modules\": \".*layers\\\\.0\\\\..*\"", "model.layers.0.self_attn.q_proj"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"fan_in_fan_out\": true", "\"bias\": \"all\"", "\"lora_bias\": true", "\"layer_replication\": [[0, 2]]", "\"trainable_token_indices\": [1]",
            "\"target_parameters\": [\"a\"]", "\"init_lora_weights\": \"pissa\"", "\"init_lora_weights\": false", "\"task_type\": \"SEQ_CLS\"", "\"loftq_config\": {\"loftq_bits\": 4}"})
    void givenWhatCannotBeFollowed_whenRead_thenTheErrorNamesIt(String keys) {
        String error = Foreign.refused(folder, "{\"peft_type\": \"LORA\", " + keys + "}");
        assertTrue(error.contains("cannot be followed: " + keys.substring(1, keys.indexOf(':') - 1)), error);
    }
}
