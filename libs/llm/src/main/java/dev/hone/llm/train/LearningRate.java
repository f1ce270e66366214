package dev.hone.llm.train;

/** Linear warm-up from zero, then a constant, a straight line to zero, or a half cosine to zero, as Transformers' schedules. */
record LearningRate(String scheduler, double peak, long warmup, long total) {
    static LearningRate of(TrainingRecipe recipe, long totalSteps) {
        long warmup = recipe.warmupSteps() >= 0 ? recipe.warmupSteps() : (long) Math.ceil(recipe.warmupRatio() * totalSteps);
        return new LearningRate(recipe.lrScheduler(), recipe.learningRate(), warmup, totalSteps);
    }

    /** @param done optimizer steps already taken; the first step of all runs at {@code at(0)} */
    double at(long done) {
        if (done < warmup) {
            return peak * done / warmup;
        }
        double progress = (double) (done - warmup) / Math.max(1, total - warmup);
        return switch (scheduler) {
            case "constant" -> peak;
            case "linear" -> peak * Math.max(0, 1 - progress);
            case "cosine" -> peak * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * progress)));
            default -> throw new IllegalStateException("No schedule named " + scheduler + ".");
        };
    }
}
