package dev.hone.llm.estimate;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.train.TrainingRecipe;

/** Predicts a run from its model's shape, its recipe and the size of its data. */
public final class Estimator {
    private final ModelConfig config;
    private final Workload work;
    private final double rate;

    /** @param rate of a large matrix product here, in floating-point operations per second, see {@link MatmulRate}; NaN when unknown */
    public Estimator(ModelConfig config, Workload work, double rate) {
        this.config = config;
        this.work = work;
        this.rate = rate;
    }

    /** @throws IllegalArgumentException if the recipe names modules that this model does not have */
    public Estimate estimate(TrainingRecipe recipe) {
        Shape shape = Shape.of(config, recipe);
        MemoryModel memory = new MemoryModel(config, recipe, work, shape);
        TimeModel time = new TimeModel(config, recipe, work, shape, memory.recomputes());
        long steps = work.steps(recipe);
        double seconds = steps > 0 ? steps * time.secondsPerStep(rate) : Double.NaN;
        return new Estimate(recipe, shape.all(), shape.trained(), memory.memory(), memory.recomputes(), steps, time.operationsPerStep(), seconds);
    }

    /** Whether the run fits, and what would make it fit. */
    public Fit check(TrainingRecipe recipe, double availableBytes) {
        return Fit.check(this::estimate, recipe, availableBytes);
    }
}
