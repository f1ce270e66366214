package dev.hone.llm.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.TinyLlama;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.ScaleType;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.llm.text.TinyTokenizer;
import dev.hone.llm.text.TokenizedRow;
import dev.hone.llm.text.TokenizerFiles;
import dev.hone.llm.train.CheckpointStore;
import dev.hone.llm.train.FakeQuantization;
import dev.hone.llm.train.FineTune;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What training with rounded weights rounds to is what the quantizer writes afterwards. */
class LearnedRoundingTest {
    private static final ModelConfig CONFIG = ModelConfig.llama(512, 32, 64, 2, 4, 2, 16, 1e-5, 10000, 64, true, 0.02);

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({"int4-g16-qat,4,16,0", "int4-g64-qat,4,64,0", "int4-channel-qat,4,-1,0", "w4a8-g32-qat,4,32,8", "int8-qat,8,-1,0", "w8a8-qat,8,-1,8"})
    void givenWeights_whenRoundedInTraining_thenEveryBitIsRoundToNearests(String label, int bits, int group, int activationBits) {
        int rows = 300;
        int columns = 128;
        float[] weights = weights(rows, columns);
        Scheme scheme = Scheme.of(label, 32);
        float[] expected = IntegerRounding.round(scheme, weights, rows, columns, null).dequantize();
        float[] toNearest = IntegerRounding.round(Scheme.of(label.replace("qat", "rtn"), 32), weights, rows, columns, null).dequantize();
        try (NDManager manager = Torch.newManager()) {
            ModelProgram.Rounded rounded = new ModelProgram.Rounded(bits, group, activationBits, 0, false);
            TorchProgram program = ModelProgram.load(manager, CONFIG, new ModelProgram.Variant(1, 0, rounded));
            NDArray found = program.infer(manager, "rounded", manager.create(weights, new Shape(rows, columns))).get(0);
            assertArrayEquals(expected, values(found));
            assertArrayEquals(toNearest, values(found));
        }
    }

    @Test
    void givenAnEmbedding_whenRoundedInTraining_thenEveryBitIsThatOfInt8WithBf16Scales() {
        float[] weights = weights(300, 128);
        float[] expected = IntegerRounding.round(Scheme.of("int8", 32), ScaleType.BF16, weights, 300, 128, null).dequantize();
        try (NDManager manager = Torch.newManager()) {
            TorchProgram program = ModelProgram.load(manager, CONFIG, new ModelProgram.Variant(1, 0, new ModelProgram.Rounded(4, 32, 8, 0, true)));
            NDArray embedding = manager.create(weights, new Shape(300, 128));
            NDArray found = program.infer(manager, "embed", manager.arange(300).toType(DataType.INT64, false), embedding, Precision.F32.code()).get(0);
            assertArrayEquals(expected, values(found));
            assertArrayEquals(expected, values(program.infer(manager, "head", embedding, Precision.F32.code()).get(0)));
        }
    }

    /** Zeros without a sign, which a code cannot have. */
    private static float[] values(NDArray tensor) {
        float[] values = tensor.toFloatArray();
        for (int i = 0; i < values.length; i++) {
            values[i] += 0f;
        }
        return values;
    }

    /** Of several sizes, among them halves of a step, a row and a group of zeros, and rows with one large weight of either sign. */
    private static float[] weights(int rows, int columns) {
        SplittableRandom random = new SplittableRandom(5);
        float[] weights = new float[rows * columns];
        for (int i = 0; i < weights.length; i++) {
            int row = i / columns;
            weights[i] = (float) (Math.pow(10, row % 7 - 4) * (row % 3 == 0 ? 0.5 * random.nextInt(-15, 16) : random.nextGaussian()));
        }
        Arrays.fill(weights, 0, columns, 0);
        Arrays.fill(weights, columns, columns + 64, 0);
        weights[2 * columns] = 1e6f;
        weights[3 * columns + 5] = -1e6f;
        return weights;
    }

    @ParameterizedTest
    @CsvSource({"full,f32,4,16,0", "full,bf16,4,-1,0", "lora,f32,8,-1,0", "lora,bf16,4,32,8", "full,bf16,8,-1,8"})
    void givenAModelThatLearnedRounded_whenItsOutputIsRounded_thenItsLossIsTheOneThatTrainingMeasured(String method, String precision, int bits, int group, int activationBits) throws Exception {
        Path base = TinyLlama.write(Files.createDirectory(dir.resolve("base")), CONFIG, 3);
        TokenizerFiles.copy(TinyTokenizer.directory(), base);
        Path rows = dir.resolve("rows.jsonl");
        Files.write(rows, List.of("{\"text\":\"The battery lasts a day.\"}", "{\"text\":\"Open the settings.\"}", "{\"text\":\"How do I reset the phone?\"}"));
        TrainingRecipe recipe = TrainingRecipe.parse("""
                {"method": "%s", "compute_dtype": "%s", "max_steps": 4, "learning_rate": 0.01, "lora_r": 4, "sequence_len": 32, "lr_scheduler": "constant"}""".formatted(method, precision));
        FineTuneResult result = FineTune.run(new FineTuneSpec(base, rows, rows, dir.resolve("out"), dir.resolve("work"), recipe,
                new FakeQuantization(bits, group, activationBits, false, 0)), new TrainingObserver() {}, CheckpointStore.none(), () -> false);

        Scheme scheme = Scheme.of((bits == 8 ? activationBits == 8 ? "w8a8" : "int8" : (activationBits == 8 ? "w4a8" : "int4") + (group > 0 ? "-g" + group : "-channel")) + "-qat", 32);
        try (TrainedModel trained = TrainedModel.open(base, dir.resolve("out")); LanguageModel model = rounded(trained, scheme, Precision.of(precision))) {
            // in f32 the same numbers; in bf16 the merge's last digit may decide between two codes
            assertEquals(result.validationLoss(), model.score(batch(base, rows)).meanLoss(), precision.equals("f32") ? 1e-5 : 2e-3);
        }
    }

    private static Batch batch(Path base, Path rows) throws Exception {
        List<int[]> ids = new ArrayList<>();
        List<boolean[]> trainable = new ArrayList<>();
        try (ChatTokenizer tokenizer = ChatTokenizer.load(base)) {
            for (String line : Files.readAllLines(rows)) {
                TokenizedRow row = tokenizer.text(line.substring(9, line.length() - 2), 32);
                ids.add(row.ids());
                trainable.add(row.trainable());
            }
        }
        return Batch.of(ids, trainable);
    }

    private LanguageModel rounded(TrainedModel trained, Scheme scheme, Precision precision) throws IOException {
        NDManager manager = Torch.newManager();
        TorchProgram program = ModelProgram.load(manager, CONFIG, ModelProgram.Variant.reading(scheme.activationBits()));
        List<TensorInfo> infos = ModelLayout.weights(CONFIG).stream().map(w -> TensorInfo.of(w.name(), DType.F32, w.shape())).toList();
        Path directory = dir.resolve("rounded");
        try (SafetensorsWriter writer = SafetensorsWriter.create(Files.createDirectory(directory).resolve("model.safetensors"), infos)) {
            for (ModelLayout.Weight weight : ModelLayout.weights(CONFIG)) {
                float[] values = trained.weights().floats(weight.name());
                writer.write(weight.name(), weight.linear() ? IntegerRounding.round(scheme, values, (int) weight.shape()[0], (int) weight.shape()[1], null).dequantize() : values);
            }
        }
        Json.write(directory.resolve("config.json"), CONFIG.toJson());
        try (WeightSource source = WeightSource.open(directory)) {
            return LanguageModel.over(manager, CONFIG, precision, program, ModelWeights.plain(manager, program, CONFIG, source, precision), List.of());
        }
    }
}
