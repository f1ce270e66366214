package dev.hone.evaluator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ManifestRef;
import dev.hone.events.EventJson;
import dev.hone.llm.eval.EvaluationResult;
import dev.hone.llm.eval.PreferenceResult;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.Fidelity;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.Recipe;
import dev.hone.v1.SchemeTried;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
    private static final ManifestRef REF = new ManifestRef("reports/r1/manifest.json", "0".repeat(64));
    private static final QuantizeDone REQUEST = QuantizeDone.newBuilder().setRunId("r1").setModelName("support").setBaseModel("hone-nano")
            .setDataset(ArtifactRef.newBuilder().setManifest("datasets/d1/manifest.json"))
            .setAdapter(ArtifactRef.newBuilder().setManifest("adapters/r1/manifest.json"))
            .addModels(model("int8")).addModels(model("int4")).setChosenScheme("int8")
            .addTried(SchemeTried.newBuilder().setScheme("int4").setSizeBytes(7).setBitsPerWeight(4.5).setWithinBudget(true)
                    .setFidelity(Fidelity.newBuilder().setPerplexity(2.1).setReferencePerplexity(2).setMeanKlDivergence(0.01).setP999KlDivergence(0.5).setSameTop(0.9)))
            .addTried(SchemeTried.newBuilder().setScheme("nf4"))
            .setRecipe(Recipe.newBuilder().setQuantization(QuantizationRecipe.newBuilder().setDeployScheme("int4"))).build();
    private static final Report REPORT = new Report("r1", "support", Report.workOf(REQUEST),
            new Report.Protocol("datasets/d1/manifest.json", "", "test", 10, 5, 64, 128, "greedy", "bf16"),
            List.of(new Report.Score("base", new EvaluationResult(2, Math.exp(2), 0.5, 0.1, 10, 100, 5)),
                    new Report.Score("adapter", new EvaluationResult(2, Math.exp(2), 0.5, 0, 10, 100, 0, new PreferenceResult(0.75, 0.5, 8)))), Report.quantized(REQUEST), true, List.of("Because."));

    @TempDir
    Path directory;

    private static QuantizedModel model(String scheme) {
        return QuantizedModel.newBuilder().setScheme(scheme).setModel(ArtifactRef.newBuilder().setManifest("models/r1/" + scheme + "/manifest.json")).build();
    }

    @Test
    void givenAReport_whenWrittenAndRead_thenItIsTheSameAndItsNamesAreSnakeCase() throws Exception {
        REPORT.write(directory);

        assertEquals(REPORT, Report.read(directory));
        assertTrue(Files.readString(directory.resolve("report.json")).contains("\"token_accuracy\" : 0.5"));
        assertEquals(1, Files.readString(directory.resolve("report.json")).split("\"preference\" :", -1).length - 1);
    }

    @Test
    void givenWhatTheQuantizerMeasured_whenWritten_thenItStandsBesideTheScoresAndWhatIsAbsentIsLeftOut() throws Exception {
        REPORT.write(directory);

        String json = Files.readString(directory.resolve("report.json")).replaceAll("\\s", "");
        assertTrue(json.contains("{\"scheme\":\"int4\",\"size_bytes\":7,\"bits_per_weight\":4.5,\"within_budget\":true,\"perplexity\":2.1,\"reference_perplexity\":2.0,"
                + "\"mean_kl_divergence\":0.01,\"p999_kl_divergence\":0.5,\"same_top\":0.9}"), json);
        assertTrue(json.contains("{\"scheme\":\"nf4\",\"size_bytes\":0,\"bits_per_weight\":0.0,\"within_budget\":false}"), json);
    }

    @Test
    void givenARecipeThatNamesNoScheme_whenDeployed_thenItIsTheOneTheQuantizerChose() {
        QuantizeDone open = REQUEST.toBuilder().setRecipe(Recipe.getDefaultInstance()).build();
        assertEquals("int8", Report.deployed(open).getScheme());
        assertEquals("int4", Report.deployed(open.toBuilder().setChosenScheme("int4").build()).getScheme());
        assertEquals("int8", Report.deployed(open.toBuilder().clearChosenScheme().build()).getScheme(), "an event from before there was a choice");
    }

    @Test
    void givenAReport_whenMadeAnEvent_thenItIsValidAndNamesTheDeployScheme() throws Exception {
        EvalDone done = REPORT.toEvent(REQUEST, REF);

        EventJson.check(done);
        assertEquals("int4", done.getScheme());
        assertEquals("models/r1/int4/manifest.json", done.getModel().getManifest());
        assertEquals("Passed. Because.", done.getReason());
        assertEquals(2, done.getScores(0).getLoss());
        assertFalse(done.getScores(0).hasPreferenceAccuracy());
        assertEquals(0.75, done.getScores(1).getPreferenceAccuracy());
        assertEquals(0.5, done.getScores(1).getPreferenceLoss());
        assertEquals("datasets/d1/manifest.json", done.getDataset().getManifest());
    }

    @Test
    void givenAPassedGate_whenDeployed_thenTheRevisionIsTheRun() throws Exception {
        Deploy deploy = DeployListener.deploy(REPORT.toEvent(REQUEST, REF));

        EventJson.check(deploy);
        assertEquals("support", deploy.getModelName());
        assertEquals("r1", deploy.getRevision());
        assertEquals("int4", deploy.getScheme());
        assertEquals("hone-nano", deploy.getBaseModel());
        assertEquals("datasets/d1/manifest.json", deploy.getDataset().getManifest());
    }

    @Test
    void givenAnotherRequestOfTheSameRun_whenCompared_thenItIsOtherWork() {
        assertNotEquals(Report.workOf(REQUEST), Report.workOf(REQUEST.toBuilder().addModels(model("int8_asymmetric")).build()));
        assertEquals(Report.workOf(REQUEST), Report.workOf(REQUEST.toBuilder().build()));
    }
}
