package dev.hone.llm.quant;

import dev.hone.llm.rounding.QuantizationFailed;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What a quantized model may cost in fidelity and size. The first scheme from small to large that stays within all three is
 * taken. A bound of infinity binds nothing.
 *
 * @param maxPerplexityIncrease on held-out tokens, as a fraction of the merged model's: 0.02 means 2 % more
 * @param maxKlDivergence mean over held-out tokens of KL(merged ‖ quantized), in nats
 * @param maxSizeBytes of the weights' files
 */
public record Budget(double maxPerplexityIncrease, double maxKlDivergence, double maxSizeBytes) {
    public static final Budget NONE = new Budget(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY);

    public Budget {
        if (!(maxPerplexityIncrease >= 0 && maxKlDivergence >= 0 && maxSizeBytes > 0)) {
            throw new QuantizationFailed("budget", "Expected max_perplexity_increase and max_kl_divergence of at least 0 and max_size above 0, found "
                    + maxPerplexityIncrease + ", " + maxKlDivergence + " and " + maxSizeBytes + ".");
        }
    }

    public boolean binds() {
        return !equals(NONE);
    }

    boolean allows(long sizeBytes, Fidelity fidelity) {
        return sizeBytes <= maxSizeBytes && (fidelity == null || fidelity.perplexityIncrease() <= maxPerplexityIncrease && fidelity.meanKl() <= maxKlDivergence);
    }

    /** @param comparing whether there are held-out rows to compare on */
    void requireMeasurable(boolean comparing) {
        if (!comparing && (Double.isFinite(maxPerplexityIncrease) || Double.isFinite(maxKlDivergence))) {
            throw new QuantizationFailed("no_heldout_rows", "max_perplexity_increase and max_kl_divergence are measured on held-out rows: expected some, found none. Give a dataset with held-out rows, or no such bound.");
        }
    }

    /** What to say when nothing that was tried stays within the budget: how near it came, and which module is worst. */
    QuantizationFailed exceeded(List<SchemeReport> tried) {
        SchemeReport nearest = tried.stream().min(Comparator.comparingDouble(this::excess)).orElseThrow();
        StringBuilder text = new StringBuilder("No scheme stays within the budget (" + said() + "). Nearest came " + nearest.scheme() + " with " + nearest.sizeBytes() + " bytes");
        if (nearest.fidelity() != null) {
            text.append(String.format(Locale.ROOT, ", perplexity %.2f %% up and a KL divergence of %.3g", 100 * nearest.fidelity().perplexityIncrease(), nearest.fidelity().meanKl()));
        }
        nearest.worst().ifPresent(layer -> text.append("; its worst layer is ").append(layer.name())
                .append(String.format(Locale.ROOT, " (relative error %.3g%s)", layer.relativeError(), Double.isNaN(layer.outputError()) ? "" : String.format(Locale.ROOT, ", of outputs %.3g", layer.outputError()))));
        return new QuantizationFailed("over_budget", text + ". Allow more, name a scheme with more bits or a smaller group, or let the model learn for it (qat).");
    }

    /** By what factor the worst bound is exceeded. */
    private double excess(SchemeReport report) {
        double size = report.sizeBytes() / maxSizeBytes;
        Fidelity f = report.fidelity();
        return f == null ? size : Math.max(size, Math.max(f.perplexityIncrease() / maxPerplexityIncrease, f.meanKl() / maxKlDivergence));
    }

    private String said() {
        List<String> bounds = new ArrayList<>();
        if (Double.isFinite(maxPerplexityIncrease)) {
            bounds.add(String.format(Locale.ROOT, "max_perplexity_increase %.3g", maxPerplexityIncrease));
        }
        if (Double.isFinite(maxKlDivergence)) {
            bounds.add(String.format(Locale.ROOT, "max_kl_divergence %.3g", maxKlDivergence));
        }
        if (Double.isFinite(maxSizeBytes)) {
            bounds.add(String.format(Locale.ROOT, "max_size %.0f", maxSizeBytes));
        }
        return String.join(", ", bounds);
    }
}
