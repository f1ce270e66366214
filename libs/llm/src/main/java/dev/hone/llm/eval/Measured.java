package dev.hone.llm.eval;

import java.util.List;

/**
 * What one candidate came to.
 *
 * @param margins ln p(chosen) - ln p(rejected) in nats of each pair within the sequence length, in the rows' order; empty
 *                where the rows are no pairs
 */
public record Measured(EvaluationResult result, List<Double> margins) {
    public Measured {
        margins = List.copyOf(margins);
    }

    /**
     * The result with the preferences that training has moved.
     *
     * @param base the base model's, of the same rows
     * @param beta how much a difference of probabilities says, as in training
     */
    public EvaluationResult against(Measured base, double beta) {
        if (margins.size() != base.margins.size()) {
            throw new IllegalArgumentException("Expected the base model's margins of the same " + margins.size() + " pairs, found " + base.margins.size() + ".");
        }
        return margins.isEmpty() ? result : result.with(preference(base, beta));
    }

    private PreferenceResult preference(Measured base, double beta) {
        int preferred = 0;
        double loss = 0;
        for (int i = 0; i < margins.size(); i++) {
            double moved = margins.get(i) - base.margins.get(i);
            preferred += moved > 0 ? 1 : 0;
            loss += softplus(-beta * moved);
        }
        return new PreferenceResult((double) preferred / margins.size(), loss / margins.size(), margins.size());
    }

    /** ln(1 + e^x), which is -ln sigmoid(-x), without overflow. */
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }
}
