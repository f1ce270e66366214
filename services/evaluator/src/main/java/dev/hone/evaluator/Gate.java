package dev.hone.evaluator;

import dev.hone.llm.eval.EvaluationResult;
import dev.hone.llm.eval.PreferenceResult;
import dev.hone.v1.GateRecipe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Decides whether a run's model may serve, from its numbers and the recipe's limits alone.
 *
 * @param minLossImprovement  the adapter's loss must be at least this fraction below the base's; of a dataset of pairs the
 *                            preference loss, as learning a preference may well make both answers less likely
 * @param maxQuantizationLoss the quantized model's loss may be above the adapter's by at most this fraction
 * @param minExactMatch       least share of exact answers of the quantized model, the one that would serve
 */
record Gate(double minLossImprovement, double maxQuantizationLoss, double minExactMatch) {
    /** What came of it, and why, in one sentence per rule. */
    record Verdict(boolean passed, List<String> reasons) {
        String reason() {
            return (passed ? "Passed. " : "Not passed. ") + String.join(" ", reasons);
        }
    }

    private record Rule(boolean held, String sentence) {}

    static Gate of(GateRecipe recipe) {
        return new Gate(recipe.getMinLossImprovement(), recipe.getMaxQuantizationLoss(), recipe.getMinExactMatch());
    }

    /** @param base empty where there are no base weights to compare with, because the run trained from scratch */
    Verdict decide(Optional<EvaluationResult> base, EvaluationResult adapter, String scheme, EvaluationResult quantized) {
        List<Rule> rules = new ArrayList<>();
        rules.add(base.map(b -> improvement(b, adapter)).orElseGet(
                () -> new Rule(true, "There is no base to beat: the model was trained from scratch.")));
        rules.add(quantization(adapter, scheme, quantized));
        rules.add(exactMatch(scheme, quantized));
        return new Verdict(rules.stream().allMatch(Rule::held), rules.stream().map(Rule::sentence).toList());
    }

    private Rule improvement(EvaluationResult base, EvaluationResult adapter) {
        if (adapter.preferenceOrNull() != null) {
            return preference(adapter.preferenceOrNull());
        }
        double improvement = 1 - adapter.loss() / base.loss();
        return new Rule(improvement >= minLossImprovement, text("The adapter's loss of %.4f is %s than the base's %.4f; required is at least %s lower.",
                adapter.loss(), change(-improvement, "lower", "higher"), base.loss(), percent(minLossImprovement)));
    }

    private Rule preference(PreferenceResult adapter) {
        double improvement = 1 - adapter.loss() / PreferenceResult.LOSS_OF_THE_BASE;
        return new Rule(improvement >= minLossImprovement, text("The adapter has moved towards the better answer in %s of %d pairs; its preference loss of %.4f"
                + " is %s than the base's %.4f; required is at least %s lower.", percent(adapter.accuracy()), adapter.pairs(), adapter.loss(),
                change(-improvement, "lower", "higher"), PreferenceResult.LOSS_OF_THE_BASE, percent(minLossImprovement)));
    }

    private Rule quantization(EvaluationResult adapter, String scheme, EvaluationResult quantized) {
        double lost = quantized.loss() / adapter.loss() - 1;
        return new Rule(lost <= maxQuantizationLoss, text("Quantized to %s the loss of %.4f is %s than the adapter's; allowed is at most %s higher.",
                scheme, quantized.loss(), change(lost, "lower", "higher"), percent(maxQuantizationLoss)));
    }

    private Rule exactMatch(String scheme, EvaluationResult quantized) {
        if (quantized.generatedRows() == 0) {
            return new Rule(minExactMatch <= 0, text("No held-out row asks for an answer; required is an exact match of at least %s.", percent(minExactMatch)));
        }
        return new Rule(quantized.exactMatch() >= minExactMatch, text("The %s model answers %s of %d held-out rows exactly; required is at least %s.",
                scheme, percent(quantized.exactMatch()), quantized.generatedRows(), percent(minExactMatch)));
    }

    private static String change(double fraction, String less, String more) {
        return Double.isNaN(fraction) ? "not comparable and no more" : percent(Math.abs(fraction)) + " " + (fraction < 0 ? less : more);
    }

    private static String percent(double fraction) {
        return text("%.1f %%", 100 * fraction);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
