package dev.hone.llm.estimate;

import dev.hone.llm.train.TrainingRecipe;

/**
 * How much there is to train on.
 *
 * @param rows training rows; 0 when nobody knows
 * @param meanTokens of a row, cut to the sequence length; 0 when nobody knows: then rows are taken as full
 * @param longestTokens of a row; 0 when nobody knows
 * @param learnedShare of the tokens that have a loss, 0 to 1
 */
public record Workload(long rows, double meanTokens, int longestTokens, double learnedShare) {
    public static final Workload UNKNOWN = new Workload(0, 0, 0, 1);

    public Workload {
        if (rows < 0 || meanTokens < 0 || longestTokens < 0 || !(learnedShare >= 0 && learnedShare <= 1)) {
            throw new IllegalArgumentException("Expected counts of at least 0 and a share from 0 to 1, found " + rows + " rows of " + meanTokens
                    + " tokens, the longest of " + longestTokens + ", and " + learnedShare + " of them learned.");
        }
    }

    /** Rows of unknown length, which count as full. */
    public static Workload ofRows(long rows) {
        return new Workload(rows, 0, 0, 1);
    }

    /** Sequences that one row takes part in: a preference is read twice, as chosen and as rejected. */
    private static int sequencesPerRow(TrainingRecipe recipe) {
        return recipe.isPreference() ? 2 : 1;
    }

    private static boolean fillsSequences(TrainingRecipe recipe) {
        return recipe.samplePacking() || recipe.isNextToken();
    }

    /** Tokens of the longest sequence. */
    int sequence(TrainingRecipe recipe) {
        return longestTokens == 0 || fillsSequences(recipe) ? recipe.sequenceLen() : Math.min(longestTokens, recipe.sequenceLen());
    }

    /** Tokens of the longest example: packed ones do not see each other. */
    int document(TrainingRecipe recipe) {
        return longestTokens == 0 || recipe.isNextToken() ? recipe.sequenceLen() : Math.min(longestTokens, recipe.sequenceLen());
    }

    /** Most tokens of one micro batch. */
    long tokensAtOnce(TrainingRecipe recipe) {
        return (long) recipe.microBatchSize() * sequence(recipe) * sequencesPerRow(recipe);
    }

    /** Tokens of one optimizer step, on average. */
    double tokensPerStep(TrainingRecipe recipe) {
        double sequence = meanTokens == 0 || fillsSequences(recipe) ? recipe.sequenceLen() : Math.min(meanTokens, recipe.sequenceLen());
        return recipe.rowsPerStep() * sequence * sequencesPerRow(recipe);
    }

    /** Optimizer steps; 0 when neither the recipe nor the rows tell. */
    long steps(TrainingRecipe recipe) {
        if (recipe.maxSteps() > 0 || rows == 0) {
            return recipe.maxSteps();
        }
        double sequences = fillsSequences(recipe) && meanTokens > 0 ? Math.ceil(rows * meanTokens / recipe.sequenceLen()) : rows;
        return Math.max(1, (long) Math.ceil(recipe.numEpochs() * Math.ceil(sequences / recipe.rowsPerStep()) - 1e-9));
    }
}
