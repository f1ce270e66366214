package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.Score;

/**
 * Direct preference optimization (Rafailov et al. 2023, arXiv:2305.18290, equation 7): with h = β · (log of how much likelier
 * the chosen answer became against the reference, minus that of the rejected one), the loss of a pair is -log σ(h); with
 * label smoothing ε it is -(1 - ε) log σ(h) - ε log σ(-h) (Mitchell 2023, a note on DPO with noisy preferences). The
 * reference is the model without its adapter, and without rounding.
 */
final class Preferences {
    private Preferences() {}

    /** How the pairs of a batch stand: h of each. */
    private record Margins(double[] values) {
        /** @param policy negative log-likelihoods per label; @param reference likewise */
        static Margins of(Batch batch, float[] policy, float[] reference, double beta) {
            double[] values = new double[batch.pairs()];
            int[] document = batch.documentOfLabel();
            for (int i = 0; i < document.length; i++) {
                double gained = (double) reference[i] - policy[i];
                values[document[i] / 2] += document[i] % 2 == 0 ? beta * gained : -beta * gained;
            }
            return new Margins(values);
        }

        double loss(double smoothing) {
            double loss = 0;
            for (double h : values) {
                loss += (1 - smoothing) * softplus(-h) + smoothing * softplus(h);
            }
            return loss;
        }

        /** By h: -(1 - ε) σ(-h) + ε σ(h). */
        double slope(int pair, double smoothing) {
            double h = values[pair];
            return -(1 - smoothing) * sigmoid(-h) + smoothing * sigmoid(h);
        }

        long won() {
            return java.util.Arrays.stream(values).filter(h -> h > 0).count();
        }

        private static double sigmoid(double x) {
            return 1 / (1 + Math.exp(-x));
        }

        private static double softplus(double x) {
            return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
        }
    }

    /** Adds the gradient of {@code scale} times the summed loss, and returns that sum. */
    static double accumulate(Pass pass, LayerWeights reference, Batch batch, double scale, Trainee.Passing dpo) {
        float[] before = referenceGuesses(pass, reference);
        NDArray last = pass.forward();
        Margins margins = Margins.of(batch, pass.guesses(last), before, dpo.beta());
        float[] shares = new float[batch.labels().length];
        int[] document = batch.documentOfLabel();
        for (int i = 0; i < shares.length; i++) {
            double byMargin = scale * margins.slope(document[i] / 2, dpo.smoothing());
            shares[i] = (float) (document[i] % 2 == 0 ? -dpo.beta() * byMargin : dpo.beta() * byMargin);
        }
        pass.backward(last, shares);
        return margins.loss(dpo.smoothing());
    }

    /** Loss over the pairs, and how many of them have a positive margin. */
    static Score score(Pass pass, LayerWeights reference, Batch batch, Trainee.Passing dpo) {
        float[] before = referenceGuesses(pass, reference);
        Margins margins = Margins.of(batch, pass.guesses(pass.forward()), before, dpo.beta());
        return new Score(margins.loss(dpo.smoothing()), batch.pairs(), margins.won());
    }

    private static float[] referenceGuesses(Pass pass, LayerWeights reference) {
        try (NDArray last = pass.forward(reference)) {
            return pass.guesses(last, reference);
        }
    }
}
