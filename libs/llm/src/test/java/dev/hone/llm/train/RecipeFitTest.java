package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.ModelConfig;
import org.junit.jupiter.api.Test;

class RecipeFitTest {
    private static final ModelConfig TIED = ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, true, 0.02);
    private static final ModelConfig UNTIED = ModelConfig.llama(4096, 256, 640, 6, 4, 2, 64, 1e-5, 10_000, 512, false, 0.02);

    private static String refused(String recipe, ModelConfig config) {
        return assertThrows(IllegalArgumentException.class, () -> RecipeFit.check(TrainingRecipe.parse(recipe), config)).getMessage();
    }

    @Test
    void givenWhatIsThere_whenChecked_thenItFits() {
        for (String recipe : new String[] {"{}", "{\"lora_target_modules\": [\"q_proj\", \"self_attn.o_proj\", \".*layers\\\\.[0-2]\\\\..*\"]}", "{\"lora_modules_to_save\": [\"embed_tokens\"]}",
                "{\"method\": \"full\", \"lora_target_modules\": [\"of another model\"]}"}) {
            assertDoesNotThrow(() -> RecipeFit.check(TrainingRecipe.parse(recipe), TIED), recipe);
        }
        assertDoesNotThrow(() -> RecipeFit.check(TrainingRecipe.parse("{\"lora_modules_to_save\": [\"lm_head\"]}"), UNTIED));
    }

    @Test
    void givenWhatIsNotThere_whenChecked_thenTheSentenceNamesTheSettingAndWhatThereIs() {
        assertTrue(refused("{\"sequence_len\": 513}", TIED).contains("sequence_len of at most 512"));
        assertTrue(refused("{\"lora_target_modules\": [\"q_proj\", \"qkv_proj\"]}", TIED).contains("found \"qkv_proj\""));
        assertTrue(refused("{\"lora_modules_to_save\": [\"norm\"]}", TIED).contains("[embed_tokens]"));
        assertTrue(refused("{\"lora_modules_to_save\": [\"lm_head\"]}", TIED).endsWith("save embed_tokens, and both learn."));
    }
}
