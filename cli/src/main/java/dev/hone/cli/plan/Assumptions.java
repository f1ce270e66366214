package dev.hone.cli.plan;

import dev.hone.llm.format.LlamaConfig;
import dev.hone.v1.TrainingRecipe;
import java.util.ArrayList;
import java.util.List;

/** What a plan counts with where the recipe says nothing. A run's planner may choose otherwise, knowing the dataset. */
final class Assumptions {
    private static final int RANK = 16;
    private static final int BATCH = 8;
    private static final int EPOCHS = 3;
    private static final int LONGEST = 512;

    private Assumptions() {}

    static TrainingRecipe complete(TrainingRecipe given, LlamaConfig config) {
        TrainingRecipe.Builder all = TrainingRecipe.newBuilder().setMethod("qlora").setLoraR(RANK).setMicroBatchSize(BATCH)
                .setGradientAccumulationSteps(1).setNumEpochs(EPOCHS).setSequenceLen(sequence(config));
        return all.mergeFrom(given).build();
    }

    /** The settings that were not given, as {@code key=value}. */
    static List<String> of(TrainingRecipe given, LlamaConfig config) {
        List<String> assumed = new ArrayList<>();
        add(assumed, given.hasMethod(), "method=qlora");
        add(assumed, given.hasLoraR() || given.getMethod().equals("full"), "lora_r=" + RANK);
        add(assumed, given.hasMicroBatchSize(), "micro_batch_size=" + BATCH);
        add(assumed, given.hasSequenceLen(), "sequence_len=" + sequence(config));
        return assumed;
    }

    private static void add(List<String> assumed, boolean given, String setting) {
        if (!given) {
            assumed.add(setting);
        }
    }

    private static int sequence(LlamaConfig config) {
        return Math.min(LONGEST, config.maxPositionEmbeddings());
    }
}
