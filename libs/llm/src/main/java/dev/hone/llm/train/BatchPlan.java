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
 * Which examples an optimizer step sees. It is a function of the step's number and the seed alone, so the data position of
 * a checkpoint is the step. Each epoch is shuffled anew; rows of similar length then share a step. How a step's rows are
 * split into micro batches does not change which rows they are. With packing, a row is filled with several examples.
 */
final class BatchPlan {
    /** Steps' worth of shuffled rows sorted by length together: enough for similar lengths, few enough to stay random. */
    private static final int STEPS_SORTED_TOGETHER = 16;

    private final Examples examples;
    private final TrainingRecipe recipe;
    private final List<int[]> rows;
    private final int stepsPerEpoch;
    private int epoch = -1;
    private List<int[]> epochSteps = List.of();

    BatchPlan(Examples examples, TrainingRecipe recipe) {
        this.examples = examples;
        this.recipe = recipe;
        this.rows = recipe.samplePacking() ? Packing.rows(IntStream.range(0, examples.size()).map(examples::length).toArray(), recipe.sequenceLen())
                : IntStream.range(0, examples.size()).mapToObj(example -> new int[] {example}).toList();
        this.stepsPerEpoch = Math.ceilDiv(rows.size(), recipe.rowsPerStep());
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
        List<Integer> order = new ArrayList<>(IntStream.range(0, rows.size()).boxed().toList());
        Collections.shuffle(order, random);
        int perStep = recipe.rowsPerStep();
        int window = perStep * STEPS_SORTED_TOGETHER;
        List<int[]> steps = new ArrayList<>();
        for (int from = 0; from < order.size(); from += window) {
            List<Integer> together = order.subList(from, Math.min(from + window, order.size()));
            if (recipe.groupByLength() && !recipe.samplePacking()) {
                together.sort(Comparator.comparingInt((Integer row) -> examples.length(rows.get(row)[0])));
            }
            for (int i = 0; i < together.size(); i += perStep) {
                steps.add(together.subList(i, Math.min(i + perStep, together.size())).stream().mapToInt(Integer::intValue).toArray());
            }
        }
        Collections.shuffle(steps, random);
        return steps;
    }

    private List<Batch> split(int[] ofStep, int size) {
        List<Batch> batches = new ArrayList<>();
        for (int from = 0; from < ofStep.length; from += size) {
            batches.add(batch(Arrays.copyOfRange(ofStep, from, Math.min(from + size, ofStep.length))));
        }
        return batches;
    }

    private Batch batch(int[] picked) {
        List<TokenizedRow> documents = IntStream.of(picked).flatMap(row -> IntStream.of(rows.get(row))).boxed().flatMap(example -> examples.documents(example).stream()).toList();
        List<int[]> ids = documents.stream().map(TokenizedRow::ids).toList();
        List<boolean[]> trainable = documents.stream().map(TokenizedRow::trainable).toList();
        return recipe.isPreference() ? Batch.ofPairs(ids, trainable) : Batch.of(ids, trainable);
    }

    /** All examples once, of similar length together, for validation. */
    static List<Batch> inOrder(Examples examples, TrainingRecipe recipe) {
        BatchPlan plan = new BatchPlan(examples, recipe.with("sample_packing", false));
        int[] byLength = IntStream.range(0, examples.size()).boxed().sorted(Comparator.comparingInt(examples::length)).mapToInt(Integer::intValue).toArray();
        return plan.split(byLength, recipe.microBatchSize());
    }
}
