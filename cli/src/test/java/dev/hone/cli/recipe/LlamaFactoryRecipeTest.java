package dev.hone.cli.recipe;

import static dev.hone.cli.recipe.Foreign.noted;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LlamaFactoryRecipeTest {
    private static final String MODEL = "model_name_or_path: m\n";

    @TempDir Path folder;

    private TrainingRecipe training(String keys) {
        return Foreign.text(folder, MODEL + keys).recipe().getTraining();
    }

    @Test
    void givenTheExample_whenRead_thenItsSettingsAreOurs() {
        ForeignRecipe read = ForeignRecipe.read(Foreign.example("llama-factory.yaml")).orElseThrow();
        TrainingRecipe r = read.recipe().getTraining();

        assertEquals("LLaMA-Factory", read.format());
        assertEquals(Optional.of("hone-nano"), read.baseModel());
        assertEquals(Optional.of("saves/support"), read.outputDir());
        assertTrue(Files.exists(Path.of(read.datasets().getFirst().path())), "dataset_info.json says where the rows are");
        assertEquals("qlora", r.getMethod());
        assertEquals("chat", r.getObjective());
        assertEquals(16, r.getLoraR());
        assertFalse(r.hasLoraAlpha(), "absent it is twice the rank there and here");
        assertTrue(r.getPeftUseRslora());
        assertEquals(List.of("all-linear"), r.getLoraTargetModulesList());
        assertEquals(96, r.getSequenceLen());
        assertTrue(r.getSamplePacking());
        assertEquals(4, r.getMicroBatchSize());
        assertEquals(3e-3, r.getLearningRate());
        assertEquals(6, r.getNumEpochs());
        assertEquals("cosine", r.getLrScheduler());
        assertEquals(50, r.getEvalSteps());
        assertEquals(List.of("max_samples", "plot_loss", "val_size"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertEquals(List.of(), noted(read, Note.Kind.UNKNOWN));
    }

    @Test
    void givenOnlyWhatMustBeThere_whenRead_thenItsOwnDefaultsHold() {
        TrainingRecipe r = training("");
        // LLaMA-Factory's arguments: rank 8, no dropout; Transformers' trainer: batch 8, rate 5e-5, 3 epochs, linear, no warm-up.
        assertEquals(8, r.getLoraR());
        assertEquals(0, r.getLoraDropout());
        assertEquals(8, r.getMicroBatchSize());
        assertEquals(5e-5, r.getLearningRate());
        assertEquals(3, r.getNumEpochs());
        assertEquals("linear", r.getLrScheduler());
        assertEquals(0, r.getWarmupRatio());
        assertEquals("lora", r.getMethod());
    }

    @ParameterizedTest
    @CsvSource({"sft,chat", "pt,next_token", "dpo,preference"})
    void givenAStage_whenRead_thenTheObjectiveFollows(String stage, String objective) {
        assertEquals(objective, training("stage: " + stage + "\n").getObjective());
    }

    @Test
    void givenTargetsAsOneText_whenRead_thenTheyAreAList() {
        TrainingRecipe r = training("lora_target: q_proj, v_proj\nadditional_target: embed_tokens,lm_head\n");
        assertEquals(List.of("q_proj", "v_proj"), r.getLoraTargetModulesList());
        assertEquals(List.of("embed_tokens", "lm_head"), r.getLoraModulesToSaveList());
    }

    @Test
    void givenPackingWithoutIsolation_whenRead_thenExamplesAreIsolatedAndThatIsNoted() {
        ForeignRecipe read = Foreign.text(folder, MODEL + "packing: true\n");
        assertTrue(read.recipe().getTraining().getSamplePacking());
        assertEquals(List.of("packing"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertEquals(List.of(), noted(Foreign.text(folder, MODEL + "packing: true\nneat_packing: true\n"), Note.Kind.NOT_SUPPORTED));
    }

    @Test
    void givenNumbersThatMeanElsewhere_whenRead_thenTheOtherKeyDecides() {
        TrainingRecipe r = training("max_steps: -1\nwarmup_steps: 0\nwarmup_ratio: 0.1\neval_strategy: 'no'\n");
        assertFalse(r.hasMaxSteps());
        assertFalse(r.hasWarmupSteps());
        assertEquals(0.1, r.getWarmupRatio());
        assertTrue(r.hasEvalSteps() && r.getEvalSteps() == 0);
        assertTrue(training("quantization_bit: 8\n").getLoadIn8Bit());
    }

    @Test
    void givenRowsByName_whenTheInfoFileDescribesThem_thenFileAndColumnsAreFound() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(folder.resolve("data/dataset_info.json"), """
                {"pairs": {"file_name": "pairs.json", "ranking": true, "columns": {"prompt": "question", "chosen": "good", "rejected": "bad"}}}
                """);
        ForeignRecipe read = Foreign.text(folder, MODEL + "stage: dpo\ndataset: pairs\n");
        assertEquals(List.of(new DatasetRef(folder.resolve("data/pairs.json").toString(), false, Map.of("prompt", "question"))), read.datasets());
        assertEquals(List.of("dataset_info.json.pairs.columns.chosen", "dataset_info.json.pairs.columns.rejected"), noted(read, Note.Kind.NOT_SUPPORTED));
        assertTrue(Foreign.refused(folder, MODEL + "stage: sft\ndataset: pairs\n").contains("only stage dpo learns from pairs"));
    }

    @Test
    void givenRowsByNameWithoutTheInfoFile_whenRead_thenTheNameIsKeptAndNoted() {
        ForeignRecipe read = Foreign.text(folder, MODEL + "dataset: a,b\ndataset_dir: nowhere\n");
        assertEquals(List.of("a", "b"), read.datasets().stream().map(DatasetRef::path).toList());
        assertEquals(List.of("dataset", "dataset"), noted(read, Note.Kind.NOT_SUPPORTED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage: kto", "finetuning_type: freeze", "pissa_init: true", "pref_loss: ipo", "pref_ftx: 0.5", "mask_history: true", "quantization_bit: 3",
            "quantization_method: hqq", "adapter_name_or_path: a", "rope_scaling: dynamic", "use_galore: true", "optim: adafactor", "do_train: false"})
    void givenWhatCannotBeFollowed_whenRead_thenTheErrorNamesIt(String keys) {
        String error = Foreign.refused(folder, MODEL + keys + "\n");
        assertTrue(error.contains("cannot be followed: " + keys.substring(0, keys.indexOf(':'))), error);
    }

    @Test
    void givenAnExportByGptq_whenRead_thenItIsASchemeInGptqsLayout() {
        QuantizationRecipe r = Foreign.text(folder, MODEL + "export_quantization_bit: 4\nexport_quantization_nsamples: 128\n").recipe().getQuantization();
        assertEquals(List.of("int4-g128-gptq"), r.getSchemesList());
        assertEquals("gptq", r.getLayout());
        assertEquals(128, r.getCalibrationRows());
        assertTrue(Foreign.refused(folder, MODEL + "export_quantization_bit: 3\n").contains("export_quantization_bit"));
    }
}
