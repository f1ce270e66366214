package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.LoraMatrices;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Precision;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against Transformers and PEFT; src/test/golden/make_golden.py wrote the files, golden.json names the versions. */
class GoldenTest {
    private static final Path GOLDEN = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden");
    private static SafetensorsFile arrays;
    private static JsonNode numbers;
    private static int[][] tokens;

    @BeforeAll
    static void open() {
        arrays = SafetensorsFile.open(GOLDEN.resolve("golden.safetensors"));
        numbers = Json.read(GOLDEN.resolve("golden.json"));
        ByteBuffer ids = arrays.buffer("tokens");
        tokens = new int[3][24];
        for (int[] row : tokens) {
            for (int t = 0; t < row.length; t++) {
                row[t] = ids.getInt();
            }
        }
    }

    @AfterAll
    static void close() {
        arrays.close();
    }

    private static Batch batch() {
        boolean[] labelled = new boolean[24];
        Arrays.fill(labelled, numbers.path("labelled_from").asInt(), 24, true);
        return Batch.of(List.of(tokens), List.of(labelled, labelled, labelled));
    }

    private static Trainee peft(boolean recompute) {
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(GOLDEN.resolve("llama"))) {
            ModelConfig config = ModelConfig.load(GOLDEN.resolve("llama"));
            AdapterFiles files = AdapterFiles.load(GOLDEN.resolve("adapter"));
            TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
            return LoraMethod.over(manager, config, Precision.F32, new Trainee.Programs(program, program), source, LoraBase.PLAIN, files.config(), LoraMatrices.of(manager, program, config, files), Map.of(),
                    new Trainee.Passing(recompute, 0, 0, 0.1, 0));
        }
    }

    @Test
    void givenTransformersModel_whenRun_thenLogitsAndLossAreTransformers() {
        try (LanguageModel model = LanguageModel.load(GOLDEN.resolve("llama"), Precision.F32)) {
            assertArrayEquals(arrays.floats("logits"), model.logits(tokens), 1e-4f);
            assertEquals(numbers.path("loss").asDouble(), model.score(batch()).meanLoss(), 1e-5);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void givenPeftsAdapter_whenOneStepIsTaken_thenLossAndEveryGradientArePefts(boolean recompute) {
        Batch batch = batch();
        try (Trainee trainee = peft(recompute)) {
            double loss = trainee.accumulate(batch, 1.0 / batch.labels().length, 0) / batch.labels().length;
            assertEquals(numbers.path("lora_loss").asDouble(), loss, 1e-5);
            List<String> compared = new ArrayList<>();
            for (Parameter p : trainee.parameters()) {
                assertArrayEquals(arrays.floats("grad." + p.name()), Trainee.floats(p.gradient()), 2e-6f, p.name());
                compared.add(p.name());
            }
            assertEquals(2 * 7 * 2, compared.size());
        }
    }

    @Test
    void givenPeftsAdapter_whenTrainedTenStepsWithAdamw_thenTheLossCurveIsPefts() {
        Batch batch = batch();
        TrainingRecipe recipe = TrainingFixture.recipe("lora", "f32", 3, 1, 10, 0);
        try (Trainee trainee = peft(false); Optimizer optimizer = Optimizer.of(Torch.newManager(), recipe, trainee.parameters())) {
            for (JsonNode expected : numbers.path("lora_curve")) {
                double loss = trainee.accumulate(batch, 1.0 / batch.labels().length, 0) / batch.labels().length;
                double norm = optimizer.clip(1);
                optimizer.step(0.01);
                assertEquals(expected.get(0).asDouble(), loss, 1e-4);
                assertEquals(expected.get(1).asDouble(), norm, 1e-3);
            }
        }
    }
}
