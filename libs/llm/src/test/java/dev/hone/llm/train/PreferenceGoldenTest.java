package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.Score;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * DPO against its formula in PyTorch with PEFT's adapter switched off as the reference; make_variants.py wrote the files, and
 * TRL's DPOTrainer gives the same loss and gradients for them.
 */
class PreferenceGoldenTest {
    private Golden golden;

    @BeforeEach
    void open() {
        golden = Golden.variant("dpo");
    }

    @AfterEach
    void close() {
        golden.close();
    }

    private Batch pairs() {
        List<int[]> chosen = golden.rows("chosen");
        List<int[]> rejected = golden.rows("rejected");
        List<int[]> rows = new ArrayList<>();
        List<boolean[]> answers = new ArrayList<>();
        JsonNode prompts = golden.numbers().path("prompt_lengths");
        for (int n = 0; n < chosen.size(); n++) {
            for (int[] row : List.of(chosen.get(n), rejected.get(n))) {
                rows.add(row);
                answers.add(Golden.from(prompts.get(n).asInt(), row.length));
            }
        }
        return Batch.ofPairs(rows, answers);
    }

    private Trainee trainee(double smoothing, boolean recompute) {
        return GoldenTrainees.of(golden, LoraBase.PLAIN, new Trainee.Passing(recompute, 0, 0, golden.number("beta"), smoothing));
    }

    @ParameterizedTest
    @CsvSource({"0.0, false", "0.0, true", "0.1, false", "0.1, true"})
    void givenPairs_whenTheAdapterLearnsFromThem_thenLossAndGradientsAreTheFormulas(double smoothing, boolean recompute) {
        Batch pairs = pairs();
        try (Trainee trainee = trainee(smoothing, recompute)) {
            double loss = trainee.accumulate(pairs, 1.0 / pairs.units(), 0) / pairs.units();
            assertEquals(golden.number("loss_" + smoothing), loss, 1e-5);
            AdapterGoldenTest.assertGradients(golden, trainee, "grad_" + smoothing + ".", 2e-6f);
        }
    }

    @Test
    void givenPairs_whenTrainedTenSteps_thenTheCurveIsTheFormulas() {
        try (Trainee trainee = trainee(0, false)) {
            AdapterGoldenTest.assertCurve(trainee, pairs(), AdapterGoldenTest.recipe(golden), 0.01, golden.numbers().path("curve"), "dpo");
        }
    }

    @Test
    void givenPairs_whenScored_thenTheShareWithAPositiveMarginIsCounted() {
        Batch pairs = pairs();
        long positive = 0;
        for (JsonNode margin : golden.numbers().path("margins")) {
            positive += margin.asDouble() > 0 ? 1 : 0;
        }
        try (Trainee trainee = trainee(0, false)) {
            Score score = trainee.score(pairs);
            assertEquals(golden.number("loss_0.0"), score.meanLoss(), 1e-5);
            assertEquals(positive, score.correct());
        }
    }
}
