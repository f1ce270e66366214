package dev.hone.cli.plan;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.v1.TrainingRecipe;
import java.util.ArrayList;
import java.util.List;

/**
 * What a plan counts with where the recipe says nothing: what the trainer's planner would choose, as far as that can be
 * told without the dataset. What the run really does stands in its {@code train.requested}.
 */
final class Assumptions {
    private static final int RANK = 16;
    private static final int EFFECTIVE_BATCH = 16;
    private static final int WANTED_STEPS = 600;
    private static final int LONGEST = 512;

    private Assumptions() {}

    /** @param rows training rows; 0 when nobody knows */
    static TrainingRecipe complete(TrainingRecipe given, ModelConfig config, long rows) {
        TrainingRecipe.Builder all = TrainingRecipe.newBuilder().setMethod("qlora").setLoraR(RANK).setMicroBatchSize(microBatch(config))
                .setSequenceLen(Math.min(LONGEST, config.maxPositionEmbeddings())).mergeFrom(given);
        if (!all.hasGradientAccumulationSteps()) {
            all.setGradientAccumulationSteps(Math.max(1, EFFECTIVE_BATCH / all.getMicroBatchSize()));
        }
        if (!all.hasNumEpochs()) {
            long perEpoch = Math.max(1, Math.ceilDiv(rows, (long) all.getMicroBatchSize() * all.getGradientAccumulationSteps()));
            all.setNumEpochs(rows >= 100_000 ? 1 : Math.clamp(Math.ceilDiv(WANTED_STEPS, perEpoch), 3, 30));
        }
        return all.build();
    }

    private static int microBatch(ModelConfig config) {
        long parameters = ModelLayout.parameters(config);
        return parameters < 200_000_000 ? 16 : parameters < 1_000_000_000 ? 4 : 2;
    }

    /** The settings that were not given, as {@code key=value}. */
    static List<String> of(TrainingRecipe given, TrainingRecipe complete, boolean rowsKnown) {
        List<String> assumed = new ArrayList<>();
        boolean full = complete.getMethod().equals("full");
        add(assumed, given.hasMethod(), "method", complete.getMethod());
        add(assumed, given.hasLoraR() || full, "lora_r", complete.getLoraR());
        add(assumed, given.hasMicroBatchSize(), "micro_batch_size", complete.getMicroBatchSize());
        add(assumed, given.hasGradientAccumulationSteps(), "gradient_accumulation_steps", complete.getGradientAccumulationSteps());
        add(assumed, given.hasSequenceLen(), "sequence_len", complete.getSequenceLen());
        add(assumed, given.hasNumEpochs() || !rowsKnown || given.hasMaxSteps(), "num_epochs", Math.round(complete.getNumEpochs()));
        return assumed;
    }

    private static void add(List<String> assumed, boolean given, String key, Object value) {
        if (!given) {
            assumed.add(key + "=" + value);
        }
    }
}
