package dev.hone.cli.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.ExportedModel;
import dev.hone.v1.Fidelity;
import dev.hone.v1.GoldenPrompt;
import dev.hone.v1.Parity;
import dev.hone.v1.QuantizationRecipe;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.Recipe;
import dev.hone.v1.SchemeTried;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantizationViewTest {
    private static final SchemeTried FOUR = tried("int4-g128-gptq", 4_200_000, 4.125, fidelity(1.785, 0.04, 1.1, 0.96)).setWithinBudget(false).build();
    private static final SchemeTried EIGHT = tried("int8", 6_300_000, 8.1, fidelity(1.6983, 0.0004, 0.02, 0.998)).setWithinBudget(true).build();

    @Test
    void givenSchemesWithABudget_whenShown_thenTheyStandSideBySideAndTheChosenIsMarked() {
        QuantizeDone event = QuantizeDone.newBuilder().setChosenScheme("int8").addTried(FOUR).addTried(EIGHT)
                .setRecipe(Recipe.newBuilder().setQuantization(QuantizationRecipe.newBuilder().setMaxKlDivergence(0.01))).build();
        assertEquals(List.of(
                "against the merged model    size  bits      perplexity        KL  KL 99.9 %  same top  within budget",
                "int4-g128-gptq            4.2 MB  4.13  1.785 (+5.0 %)    0.0400       1.10    96.0 %             no",
                "int8 (chosen)             6.3 MB  8.10  1.698 (-0.1 %)  0.000400     0.0200    99.8 %            yes"), QuantizationView.lines(event));
    }

    @Test
    void givenExportsAndAnswers_whenShown_thenALineSaysWhereAndHowAlike() {
        QuantizeDone event = QuantizeDone.newBuilder().setChosenScheme("int8").addTried(SchemeTried.newBuilder().setScheme("int8").setSizeBytes(10).setBitsPerWeight(8))
                .addExports(ExportedModel.newBuilder().setName("gguf-q4_k").setSizeBytes(3_300_000).setRelativeError(0.0041)
                        .setModel(ArtifactRef.newBuilder().setManifest("models/r1/export/gguf-q4_k/manifest.json")))
                .setParity(Parity.newBuilder().setMerged(Fidelity.newBuilder().setMeanKlDivergence(0.00002).setSameTop(1))
                        .addPrompts(prompt("a", "a", "a")).addPrompts(prompt("a", "a", "b"))).build();
        assertEquals(List.of(
                "against the merged model  size  bits  perplexity  KL  KL 99.9 %  same top",
                "int8 (chosen)             10 B  8.00           -   -          -         -",
                "also as gguf-q4_k, 3.3 MB, relative error 0.00410: models/r1/export/gguf-q4_k/manifest.json",
                "adapter -> merged: KL 2.00e-05, same top 100.0 %; 1 of 2 golden prompts answered alike by adapter, merged and quantized"), QuantizationView.lines(event));
    }

    @Test
    void givenAnEventFromBeforeSchemesWereCompared_whenShown_thenThereIsNothing() {
        assertEquals(List.of(), QuantizationView.lines(QuantizeDone.newBuilder().addModels(QuantizedModel.newBuilder().setScheme("int8")).build()));
    }

    private static SchemeTried.Builder tried(String scheme, long size, double bits, Fidelity fidelity) {
        return SchemeTried.newBuilder().setScheme(scheme).setSizeBytes(size).setBitsPerWeight(bits).setFidelity(fidelity);
    }

    private static Fidelity fidelity(double perplexity, double kl, double p999, double sameTop) {
        return Fidelity.newBuilder().setPerplexity(perplexity).setReferencePerplexity(1.7).setMeanKlDivergence(kl).setP999KlDivergence(p999).setSameTop(sameTop).build();
    }

    private static GoldenPrompt prompt(String adapter, String merged, String quantized) {
        return GoldenPrompt.newBuilder().setPrompt("p").setAdapterAnswer(adapter).setMergedAnswer(merged).setQuantizedAnswer(quantized).build();
    }
}
