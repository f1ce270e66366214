package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.TrainingFailed;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The estimate of one run whose files lie here, held against the memory there is before it, and against what it took after it. */
public final class Forecast {
    /** {@link TrainingFailed#code()} of a run that is refused before it begins. */
    public static final String REFUSED = "out_of_memory_predicted";

    private final Estimator estimator;
    private final Estimate estimate;

    private Forecast(Estimator estimator, Estimate estimate) {
        this.estimator = estimator;
        this.estimate = estimate;
    }

    /**
     * Counts the rows' tokens and measures the machine's speed: some seconds.
     *
     * @throws dev.hone.llm.data.RowException if the training rows cannot be read
     * @throws TrainingFailed if the recipe does not fit the model
     * @throws dev.hone.llm.format.FormatException if the model is none that can be run
     */
    public static Forecast of(FineTuneSpec spec) {
        return of(spec, MatmulRate.measure(spec.recipe().computeDtype()));
    }

    static Forecast of(FineTuneSpec spec, double rate) {
        Estimator estimator = new Estimator(ModelConfig.load(spec.baseModel()), DataSample.of(spec.baseModel(), spec.trainRows(), spec.recipe()), rate);
        try {
            return new Forecast(estimator, estimator.estimate(spec.recipe()));
        } catch (IllegalArgumentException e) {
            throw new TrainingFailed("invalid_recipe", e.getMessage(), true);
        }
    }

    public Estimate estimate() {
        return estimate;
    }

    /**
     * @param available bytes that the process may hold; empty: unknown, and nothing is refused
     * @throws TrainingFailed {@value #REFUSED} with the changes that would make the run fit
     */
    public void requireFits(OptionalDouble available) {
        if (available.isEmpty()) {
            return;
        }
        Fit fit = estimator.check(estimate.recipe(), available.getAsDouble());
        if (!fit.fits()) {
            throw new TrainingFailed(REFUSED, refusal(fit), true);
        }
    }

    static String refusal(Fit fit) {
        String found = "The run would hold about " + gigabytes(fit.estimate().bytes()) + " at its peak, and " + gigabytes(fit.available()) + " are available to this process. ";
        if (fit.changes().isEmpty()) {
            return found + "No change of the recipe makes it fit: give it more memory, or choose a smaller base model.";
        }
        return found + "It fits with " + fit.changes().stream().map(change -> change + " (" + gigabytes(change.estimate().bytes()) + ")").collect(Collectors.joining(", or with ")) + ".";
    }

    /** Gigabytes of 10^9 bytes with one decimal; {@code 0.4 GB}. */
    static String gigabytes(double bytes) {
        return String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
