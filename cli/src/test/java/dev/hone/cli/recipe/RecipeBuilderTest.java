package dev.hone.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeBuilderTest {
    @TempDir Path folder;

    @Test
    void givenYamlWithThreeBlocks_whenBuilt_thenEveryKindOfSettingArrives() throws IOException {
        Recipe recipe = new RecipeBuilder().file(yaml("""
                # a comment
                training:
                  method: qlora
                  lora_r: 16
                  learning_rate: 3.0e-4
                  lora_target_modules: [q_proj, v_proj]
                  seed: 9007199254740993
                quantization:
                  schemes:
                    - int8
                    - int4
                gate:
                  deploy: false
                """)).build();

        assertEquals("qlora", recipe.getTraining().getMethod());
        assertEquals(16, recipe.getTraining().getLoraR());
        assertEquals(3e-4, recipe.getTraining().getLearningRate());
        assertEquals(List.of("q_proj", "v_proj"), recipe.getTraining().getLoraTargetModulesList());
        // 2^53 + 1: a number that would change if it went through a double.
        assertEquals(9007199254740993L, recipe.getTraining().getSeed());
        assertEquals(List.of("int8", "int4"), recipe.getQuantization().getSchemesList());
        assertTrue(recipe.getGate().hasDeploy());
        assertFalse(recipe.getGate().getDeploy());
    }

    @Test
    void givenSettingsInAnyBlock_whenSet_thenEachFindsItsBlockAndWinsOverTheFile() throws IOException {
        Recipe recipe = new RecipeBuilder().file(yaml("training:\n  lora_r: 4\n  num_epochs: 2\n"))
                .set("lora_r=32").set("schemes=int8,int4").set("min_exact_match=0.5").set("training.max_steps=10").build();

        assertEquals(32, recipe.getTraining().getLoraR());
        assertEquals(2, recipe.getTraining().getNumEpochs());
        assertEquals(10, recipe.getTraining().getMaxSteps());
        assertEquals(List.of("int8", "int4"), recipe.getQuantization().getSchemesList());
        assertEquals(0.5, recipe.getGate().getMinExactMatch());
    }

    @Test
    void givenResourcesOfAllJobsAndOfAStage_whenSetOrRead_thenTheyArrive() throws IOException {
        Recipe recipe = new RecipeBuilder().file(yaml("""
                resources:
                  gpus: 1
                  memory: 32Gi
                  node_selector: {disk: ssd}
                  tolerations: [{key: team, operator: Equal, value: research, effect: NoSchedule}]
                stage_resources:
                  evaluate: {gpus: 0}
                """)).set("queue=gpus").set("resources.cpu=500m").set("stage_resources.train.gpus=2").build();

        assertEquals(1, recipe.getResources().getGpus());
        assertEquals("32Gi", recipe.getResources().getMemory());
        assertEquals(Map.of("disk", "ssd"), recipe.getResources().getNodeSelectorMap());
        assertEquals("research", recipe.getResources().getTolerations(0).getValue());
        assertEquals("gpus", recipe.getResources().getQueue());
        assertEquals("500m", recipe.getResources().getCpu());
        assertEquals(0, recipe.getStageResourcesOrThrow("evaluate").getGpus());
        assertEquals(2, recipe.getStageResourcesOrThrow("train").getGpus());
    }

    @Test
    void givenResourcesThatNoClusterKnows_whenRead_thenTheErrorNamesThem() throws IOException {
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().set("memory=32 GB").build()).getMessage().contains("resources.memory"));
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().set("stage_resources.train.memry=2")).getMessage().contains("\"memory\""));
        RecipeBuilder stage = new RecipeBuilder().file(yaml("stage_resources:\n  training: {gpus: 2}\n"));
        assertTrue(assertThrows(Failure.class, stage::build).getMessage().contains("training"));
    }

    @Test
    void givenABlockInsideABlock_whenSetOrRead_thenItsSettingsArrive() throws IOException {
        Recipe recipe = new RecipeBuilder().file(yaml("quantization:\n  max_kl_divergence: 0.02\n  qat:\n    weight_dtype: int4\n    training:\n      num_epochs: 2\n"))
                .set("qat.group_size=64").set("quantization.qat.training.learning_rate=1e-4").set("max_size=5_000_000").set("exports=bf16,gguf-q4_k").build();

        assertEquals(0.02, recipe.getQuantization().getMaxKlDivergence());
        assertEquals(5_000_000, recipe.getQuantization().getMaxSize());
        assertEquals(List.of("bf16", "gguf-q4_k"), recipe.getQuantization().getExportsList());
        assertEquals("int4", recipe.getQuantization().getQat().getWeightDtype());
        assertEquals(64, recipe.getQuantization().getQat().getGroupSize());
        assertEquals(2, recipe.getQuantization().getQat().getTraining().getNumEpochs());
        assertEquals(1e-4, recipe.getQuantization().getQat().getTraining().getLearningRate());
        assertEquals("int8", new RecipeBuilder().set("qat={weight_dtype: int8}").build().getQuantization().getQat().getWeightDtype());
    }

    @Test
    void givenATypingErrorInABlockInsideABlock_whenRead_thenTheSentenceNamesTheBlock() throws IOException {
        Path file = yaml("quantization:\n  qat:\n    weight_type: int4\n");
        String error = assertThrows(Failure.class, () -> new RecipeBuilder().file(file)).getMessage();
        assertTrue(error.contains("below quantization.qat") && error.contains("weight_type"), error);
    }

    @Test
    void givenASchemeThatIsNone_whenSet_thenTheSentenceNamesTheSetting() {
        String error = assertThrows(Failure.class, () -> new RecipeBuilder().set("schemes=int3").build()).getMessage();
        assertTrue(error.startsWith("quantization.schemes cannot be [\"int3\"]."), error);
    }

    @Test
    void givenNothing_whenBuilt_thenTheRecipeIsEmptyForThePlannerToFillIn() throws IOException {
        assertEquals(Recipe.getDefaultInstance(), new RecipeBuilder().file(yaml("# only a comment\n")).build());
    }

    @Test
    void givenATypingError_whenSet_thenTheSentenceNamesTheKeyAndTheOneMeant() {
        assertEquals("Expected a setting of a recipe, found \"learning_rat\". Did you mean \"learning_rate\"?", errorOfSet("learning_rat=1"));
    }

    @Test
    void givenAWordUnlikeAnySetting_whenSet_thenTheSettingsAreListed() {
        String error = errorOfSet("batch=1");
        assertTrue(error.contains("There are: ") && error.contains("micro_batch_size"), error);
    }

    @Test
    void givenAKeyInTheWrongBlock_whenRead_thenTheSentenceSaysWhereItBelongs() throws IOException {
        Path file = yaml("gate:\n  lora_r: 8\n");
        Failure failure = assertThrows(Failure.class, () -> new RecipeBuilder().file(file));
        assertTrue(failure.getMessage().endsWith("found \"lora_r\". It belongs below training."), failure.getMessage());
        assertEquals(Failure.USAGE, failure.exitCode());
    }

    @Test
    void givenASettingOutsideABlock_whenRead_thenTheSentenceSaysWhereItBelongs() throws IOException {
        Path file = yaml("lora_r: 8\n");
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().file(file)).getMessage().endsWith("It belongs below training."));
    }

    @Test
    void givenAValueOfTheWrongType_whenBuilt_thenTheSentenceNamesTheKey() throws IOException {
        RecipeBuilder builder = new RecipeBuilder().file(yaml("training:\n  num_epochs: 1\n  lora_r: many\n"));
        String error = assertThrows(Failure.class, builder::build).getMessage();
        assertTrue(error.startsWith("training.lora_r cannot be \"many\"."), error);
    }

    @Test
    void givenAValueOutsideItsRange_whenBuilt_thenTheSentenceNamesTheKeyAndTheRule() {
        String error = assertThrows(Failure.class, () -> new RecipeBuilder().set("lora_dropout=1.5").build()).getMessage();
        assertTrue(error.startsWith("training.lora_dropout cannot be 1.5.") && error.contains("less than 1"), error);
    }

    @Test
    void givenMapsAndListsWithTheirBrackets_whenSet_thenTheyArriveAsInAFile() throws IOException {
        Recipe set = new RecipeBuilder().set("lora_rank_pattern={q_proj: 8, v_proj: 4}").set("lora_alpha_pattern={q_proj: 16}")
                .set("lora_target_modules=[q_proj, '.*layers\\.[0-3]\\..*v_proj']").set("peft_use_dora=yes").build();
        Recipe read = new RecipeBuilder().file(yaml("""
                training:
                  lora_rank_pattern: {q_proj: 8, v_proj: 4}
                  lora_alpha_pattern:
                    q_proj: 16
                  lora_target_modules: [q_proj, '.*layers\\.[0-3]\\..*v_proj']
                  peft_use_dora: true
                """)).build();

        assertEquals(read, set);
        assertEquals(Map.of("q_proj", 8, "v_proj", 4), set.getTraining().getLoraRankPatternMap());
        assertEquals(".*layers\\.[0-3]\\..*v_proj", set.getTraining().getLoraTargetModules(1));
    }

    @Test
    void givenAMapWithoutBraces_whenSet_thenTheSentenceShowsHow() {
        assertTrue(errorOfSet("lora_rank_pattern=8").endsWith("For example: --set 'lora_rank_pattern={q_proj: 8}'"));
    }

    @Test
    void givenAMapsValueOutsideItsRange_whenBuilt_thenTheSentenceNamesTheKey() {
        String error = assertThrows(Failure.class, () -> new RecipeBuilder().set("lora_rank_pattern={q_proj: 0}").build()).getMessage();
        assertTrue(error.startsWith("training.lora_rank_pattern cannot be "), error);
    }

    @Test
    void givenARecipeOfAnotherTool_whenBuiltWithASetting_thenTheSettingWinsAndTheNotesAreKept() {
        RecipeBuilder builder = new RecipeBuilder().file(Foreign.example("axolotl.yaml")).set("lora_r=8");
        assertEquals(8, builder.build().getTraining().getLoraR());
        assertEquals(64, builder.build().getTraining().getLoraAlpha());
        assertTrue(builder.notes().stream().anyMatch(note -> note.key().equals("wandb_project") && note.changes()));
    }

    @Test
    void givenEveryExampleRecipe_whenBuilt_thenItCanBeUsed() throws IOException {
        try (Stream<Path> recipes = Files.list(Path.of(System.getProperty("hone.root"), "examples", "recipes"))) {
            List<Path> files = recipes.filter(file -> file.toString().endsWith(".yaml")).toList();
            assertTrue(files.size() >= 6, files::toString);
            files.forEach(file -> assertTrue(new RecipeBuilder().file(file).build().getTraining().hasLearningRate(), file::toString));
        }
    }

    @Test
    void givenAKeyTwice_whenRead_thenItIsAnErrorAndTheLastDoesNotWin() throws IOException {
        Path file = yaml("training:\n  lora_r: 8\n  lora_r: 16\n");
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().file(file)).getMessage().contains("lora_r"));
    }

    @Test
    void givenBrokenYaml_whenRead_thenTheSentenceNamesTheLine() throws IOException {
        Path file = yaml("training:\n  lora_r: [1\n");
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().file(file)).getMessage().contains("error at line "));
    }

    @Test
    void givenNoFile_whenRead_thenTheSentenceSaysSo() {
        assertTrue(assertThrows(Failure.class, () -> new RecipeBuilder().file(folder.resolve("none.yaml"))).getMessage().endsWith("found no such file."));
    }

    private static String errorOfSet(String setting) {
        return assertThrows(Failure.class, () -> new RecipeBuilder().set(setting)).getMessage();
    }

    private Path yaml(String text) throws IOException {
        return Files.writeString(folder.resolve("recipe.yaml"), text);
    }
}
