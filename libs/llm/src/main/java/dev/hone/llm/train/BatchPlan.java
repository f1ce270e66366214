package dev.hone.llm.train;

import dev.hone.llm.model.Batch;
import dev.hone.llm.text.TokenizedRow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which rows an optimizer step sees. It is a function of the step's number and the seed alone, so the data position of a
 * checkpoint is the step. Each epoch is shuffled anew; rows of similar length then share a step, so that little padding is
 * computed. How a step's rows are split into micro batches does not change which rows they are.
 */
final class BatchPlan {
    /** Steps' worth of shuffled rows sorted by length together: enough for similar lengths, few enough to stay random. */
    private static final int STEPS_SORTED_TOGETHER = 16;

    private final Examples examples;
    private final TrainingRecipe recipe;
    private final int stepsPerEpoch;
    private int epoch = -1;
    private List<int[]> epochSteps = List.of();

    BatchPlan(Examples examples, TrainingRecipe recipe) {
        this.examples = examples;
        this.recipe = recipe;
        this.stepsPerEpoch = Math.ceilDiv(examples.size(), recipe.rowsPerStep());
    }

    long totalSteps() {
        return recipe.maxSteps() > 0 ? recipe.maxSteps() : Math.max(1, (long) Math.ceil(recipe.numEpochs() * stepsPerEpoch - 1e-9));
    }

    /**
     * @param step from 0
     * @return the step's micro batches
     */
    List<Batch> microBatches(long step) {
        int wanted = (int) (step / stepsPerEpoch);
        if (wanted != epoch) {
            epochSteps = shuffled(wanted);
            epoch = wanted;
        }
        return split(epochSteps.get((int) (step % stepsPerEpoch)), recipe.microBatchSize());
    }

    private List<int[]> shuffled(int ofEpoch) {
        Random random = new Random(recipe.seed() * 1_000_003 + ofEpoch);
        List<Integer> order = new ArrayList<>(IntStream.range(0, examples.size()).boxed().toList());
        Collections.shuffle(order, random);
        int perStep = recipe.rowsPerStep();
        int window = perStep * STEPS_SORTED_TOGETHER;
        List<int[]> steps = new ArrayList<>();
        for (int from = 0; from < order.size(); from += window) {
            List<Integer> together = order.subList(from, Math.min(from + window, order.size()));
            together.sort(Comparator.comparingInt((Integer row) -> examples.get(row).length()));
            for (int i = 0; i < together.size(); i += perStep) {
                steps.add(together.subList(i, Math.min(i + perStep, together.size())).stream().mapToInt(Integer::intValue).toArray());
            }
        }
        Collections.shuffle(steps, random);
        return steps;
    }

    private List<Batch> split(int[] rows, int size) {
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < rows.length; from += size) {
            batches.add(batch(Arrays.copyOfRange(rows, from, Math.min(from + size, rows.length))));
        }
        return batches;
    }

    private Batch batch(int[] rows) {
        List<TokenizedRow> picked = IntStream.of(rows).mapToObj(examples::get).toList();
        return Batch.of(picked.stream().map(TokenizedRow::ids).toList(), picked.stream().map(TokenizedRow::trainable).toList());
    }

    /** All rows once, of similar length together, for validation. */
    static List<Batch> inOrder(Examples examples, TrainingRecipe recipe) {
        BatchPlan plan = new BatchPlan(examples, recipe);
        int[] byLength = IntStream.range(0, examples.size()).boxed().sorted(Comparator.comparingInt(row -> examples.get(row).length())).mapToInt(Integer::intValue).toArray();
        return plan.split(byLength, recipe.microBatchSize());
    }
}
