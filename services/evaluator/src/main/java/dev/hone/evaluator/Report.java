package dev.hone.evaluator;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.hone.artifacts.Hashes;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.EventJson;
import dev.hone.llm.eval.EvaluationResult;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.EvalDone;
import dev.hone.v1.EvalScore;
import dev.hone.v1.Fidelity;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.SchemeTried;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code report.json}: the numbers, how they came about, and what the gate made of them. The event is made from it, so
 * that a repeated request repeats the same event without evaluating again.
 *
 * @param quantized what the quantizer measured of the schemes, on other rows than these scores
 * @param work SHA-256 of the quantize.done this answers: another one of the same run is other work
 */
record Report(String runId, String modelName, String work, Protocol protocol, List<Score> scores, List<Quantized> quantized, boolean passed, List<String> reasons) {
    private static final String FILE = "report.json";
    private static final ObjectMapper JSON = new ObjectMapper().setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT).disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    /**
     * What somebody needs to get the same numbers again.
     *
     * @param dataset       key of the dataset's manifest
     * @param datasetSha256 of that manifest, which lists the SHA-256 of every file
     * @param split         test, or validation where the test split is empty
     * @param decoding      how answers were made; greedy decoding draws nothing, so there is no seed
     * @param computeDtype  type of activations and matrix products
     */
    record Protocol(String dataset, String datasetSha256, String split, int rows, int generatedRows, int maxNewTokens, int sequenceLen,
            String decoding, String computeDtype) {}

    Report {
        // reports from before the quantizer compared anything
        quantized = quantized == null ? List.of() : List.copyOf(quantized);
    }

    /**
     * A scheme against the merged model, as {@code quantize.done} has it.
     *
     * @param perplexity       this and all after it are null where nothing was compared
     * @param meanKlDivergence in nats, of the merged model from this one
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Quantized(String scheme, long sizeBytes, double bitsPerWeight, boolean withinBudget, Double perplexity, Double referencePerplexity,
            Double meanKlDivergence, @JsonProperty("p999_kl_divergence") Double p999KlDivergence, Double sameTop) {
        static Quantized of(SchemeTried tried) {
            if (!tried.hasFidelity()) {
                return new Quantized(tried.getScheme(), tried.getSizeBytes(), tried.getBitsPerWeight(), tried.getWithinBudget(), null, null, null, null, null);
            }
            Fidelity fidelity = tried.getFidelity();
            return new Quantized(tried.getScheme(), tried.getSizeBytes(), tried.getBitsPerWeight(), tried.getWithinBudget(), fidelity.getPerplexity(),
                    fidelity.getReferencePerplexity(), fidelity.getMeanKlDivergence(), fidelity.getP999KlDivergence(), fidelity.getSameTop());
        }
    }

    static List<Quantized> quantized(QuantizeDone request) {
        return request.getTriedList().stream().map(Quantized::of).toList();
    }

    record Score(String candidate, EvaluationResult result) {
        EvalScore toMessage() {
            EvalScore.Builder score = EvalScore.newBuilder().setCandidate(candidate).setLoss(result.loss()).setPerplexity(result.perplexity())
                    .setTokenAccuracy(result.tokenAccuracy()).setExactMatch(result.exactMatch()).setRows(result.rows())
                    .setTokens(result.tokens()).setGeneratedRows(result.generatedRows());
            if (result.preferenceOrNull() != null) {
                score.setPreferenceAccuracy(result.preferenceOrNull().accuracy()).setPreferenceLoss(result.preferenceOrNull().loss());
            }
            return score.build();
        }
    }

    static String workOf(QuantizeDone request) {
        return Hashes.sha256(EventJson.print(request).getBytes(StandardCharsets.UTF_8));
    }

    void write(Path directory) throws IOException {
        Files.write(directory.resolve(FILE), JSON.writeValueAsBytes(this));
    }

    static Report read(Path directory) throws IOException {
        return JSON.readValue(directory.resolve(FILE).toFile(), Report.class);
    }

    EvalDone toEvent(QuantizeDone request, ManifestRef report) {
        QuantizedModel deployed = deployed(request);
        return EvalDone.newBuilder().setRunId(runId).setModelName(modelName).setBaseModel(request.getBaseModel())
                .setReport(ArtifactRef.newBuilder().setManifest(report.key()).setSha256(report.sha256()))
                .addAllScores(scores.stream().map(Score::toMessage).toList())
                .setPassed(passed).setReason(new Gate.Verdict(passed, reasons).reason())
                .setModel(deployed.getModel()).setScheme(deployed.getScheme())
                .setDataset(request.getDataset()).setRecipe(request.getRecipe()).build();
    }

    /** The quantized model that is gated: the recipe's, else the quantizer's choice, else the first of those made. */
    static QuantizedModel deployed(QuantizeDone request) {
        return model(request, request.getRecipe().getQuantization().getDeployScheme()).or(() -> model(request, request.getChosenScheme())).orElse(request.getModels(0));
    }

    private static Optional<QuantizedModel> model(QuantizeDone request, String scheme) {
        return request.getModelsList().stream().filter(model -> model.getScheme().equals(scheme)).findFirst();
    }
}
