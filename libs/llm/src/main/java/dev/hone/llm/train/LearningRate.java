package dev.hone.llm.train;

/**
 * Linear warm-up from zero, then one of Transformers' schedules.
 *
 * @param minRatio where a cosine ends, as a share of the peak
 * @param cycles cosines that cosine_with_restarts runs through
 */
record LearningRate(String scheduler, double peak, long warmup, long total, double minRatio, int cycles) {
    /** Steps over which inverse_sqrt falls to 1/√2, where no warm-up says it; Transformers' number. */
    private static final long TIMESCALE = 10_000;

    static LearningRate of(TrainingRecipe recipe, long totalSteps) {
        long warmup = recipe.warmupSteps() >= 0 ? recipe.warmupSteps() : (long) Math.ceil(recipe.warmupRatio() * totalSteps);
        return new LearningRate(recipe.lrScheduler(), recipe.learningRate(), warmup, totalSteps, recipe.cosineMinLrRatio(), recipe.lrCycles());
    }

    /** @param done optimizer steps already taken; the first step of all runs at {@code at(0)} */
    double at(long done) {
        return peak * (done < warmup ? (double) done / warmup : afterWarmup(done));
    }

    private double afterWarmup(long done) {
        double progress = (double) (done - warmup) / Math.max(1, total - warmup);
        return switch (scheduler) {
            case "constant" -> 1;
            case "linear" -> Math.max(0, 1 - progress);
            case "cosine" -> cosine(progress);
            case "cosine_with_restarts" -> progress >= 1 ? minRatio : cosine(cycles * progress % 1);
            case "inverse_sqrt" -> inverseSqrt(done);
            default -> throw new IllegalStateException("No schedule named " + scheduler + ".");
        };
    }

    /** From 1 down to {@code minRatio} while {@code progress} goes from 0 to 1. */
    private double cosine(double progress) {
        return minRatio + (1 - minRatio) * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
    }

    /** 1 at the warm-up's end, 1/√2 after as many steps again. */
    private double inverseSqrt(long done) {
        long timescale = warmup > 0 ? warmup : TIMESCALE;
        return 1 / Math.sqrt((double) (done - warmup + timescale) / timescale);
    }
}
