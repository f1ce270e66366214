package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.Json;
import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Adapters trained and written here come back with the same result. With the system property hone.adapters.out they stay in
 * that folder with their logits, and src/test/golden/check_adapters.py there compares what PEFT computes from them.
 */
class AdapterRoundTripTest {
    @TempDir
    private Path temporary;

    @ParameterizedTest
    @ValueSource(strings = {"llama", "llama3", "llama_linear", "llama_bias", "llama_tied", "mistral", "qwen2", "qwen2_sliding", "qwen3", "smollm3", "smollm3_listed",
        "phi3", "phi3_partial", "gemma2", "gemma3"})
    void givenAFamily_whenAnAdapterIsTrainedAndWritten_thenItComputesTheSameWhenRead(String family) throws IOException {
        assertComesBack(family, family, "{}");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            rslora          ; llama      ; {"peft_use_rslora": true}
            dora            ; qwen2      ; {"peft_use_dora": true}
            dora_fused      ; phi3       ; {"peft_use_dora": true, "lora_target_modules": ["qkv_proj", "down_proj"]}
            patterns        ; llama      ; {"lora_rank_pattern": {"q_proj": 2, "layers\\\\.1\\\\.mlp\\\\.down_proj": 6}, "lora_alpha_pattern": {"v_proj": 1}}
            saved           ; llama      ; {"lora_modules_to_save": ["embed_tokens", "lm_head"]}
            saved_head      ; mistral    ; {"lora_modules_to_save": ["lm_head"], "lora_target_modules": ["q_proj"]}
            saved_tied      ; llama_tied ; {"lora_modules_to_save": ["embed_tokens"]}
            saved_scaled    ; gemma2     ; {"lora_modules_to_save": ["embed_tokens"]}
            expression      ; llama      ; {"lora_target_modules": ["model\\\\.layers\\\\.[01]\\\\.(self_attn\\\\.(q|v)_proj|mlp\\\\.down_proj)"]}
            """)
    void givenAVariant_whenAnAdapterIsTrainedAndWritten_thenItComputesTheSameWhenRead(String name, String family, String settings) throws IOException {
        assertComesBack(name, family, settings);
    }

    private void assertComesBack(String name, String family, String settings) throws IOException {
        String out = System.getProperty("hone.adapters.out");
        Path folder = (out == null ? temporary : Path.of(out)).resolve(name);
        Path adapter = Files.createDirectories(folder.resolve("adapter"));
        TrainingRecipe recipe = recipe(settings);
        try (Golden golden = Golden.family(family)) {
            Batch batch = golden.batch();
            double trained = train(golden.base(), adapter, recipe, batch);
            try (LanguageModel model = AdaptedModel.load(golden.base(), adapter, Precision.F32); LanguageModel base = LanguageModel.load(golden.base(), Precision.F32)) {
                assertEquals(trained, model.score(batch).meanLoss(), 1e-6, name);
                assertNotEquals(base.score(batch).meanLoss(), trained, 0.1, name + " has not learned anything to compare");
                Json.write(folder.resolve("logits.json"), logits(family, golden.prompts(), model));
            }
            Path copy = Files.createDirectories(temporary.resolve("copy"));
            AdapterFiles.load(adapter).write(copy);
            assertArrayEquals(Files.readAllBytes(adapter.resolve("adapter_model.safetensors")), Files.readAllBytes(copy.resolve("adapter_model.safetensors")), name);
            assertEquals(Json.read(adapter.resolve("adapter_config.json")), Json.read(copy.resolve("adapter_config.json")), name);
        }
    }

    private static TrainingRecipe recipe(String settings) throws IOException {
        ObjectNode recipe = Json.object();
        recipe.put("method", "lora").put("compute_dtype", "f32").put("lora_r", 4).put("lora_alpha", 8);
        new ObjectMapper().readTree(settings).properties().forEach(setting -> recipe.set(setting.getKey(), setting.getValue()));
        return TrainingRecipe.parse(recipe);
    }

    /** Five steps from a fresh adapter; returns the loss after them. */
    private static double train(Path base, Path output, TrainingRecipe recipe, Batch batch) {
        LoraMethod method = new LoraMethod();
        FineTuneSpec spec = new FineTuneSpec(base, null, null, output, null, recipe);
        try (Trainee trainee = method.load(spec); Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            for (int step = 0; step < 5; step++) {
                trainee.accumulate(batch, 1.0 / batch.units(), 0);
                optimizer.clip(1);
                optimizer.step(0.02);
            }
            Map<String, float[]> values = trainee.parameters().stream().collect(Collectors.toMap(Parameter::name, p -> Trainee.floats(p.value())));
            method.write(spec, values, "none");
            return trainee.score(batch).meanLoss();
        }
    }

    private static ObjectNode logits(String family, List<int[]> prompts, LanguageModel model) {
        ObjectNode json = Json.object();
        json.put("base", "families/" + family);
        ArrayNode rows = json.putArray("rows");
        ArrayNode all = json.putArray("logits");
        List<float[]> logits = model.logits(prompts);
        for (int n = 0; n < prompts.size(); n++) {
            ArrayNode row = rows.addArray();
            for (int token : prompts.get(n)) {
                row.add(token);
            }
            ArrayNode values = all.addArray();
            for (float value : logits.get(n)) {
                values.add(value);
            }
        }
        return json;
    }
}
