package dev.hone.llm.engine;

import dev.hone.llm.forward.ForwardModel;
import dev.hone.llm.forward.KvBlocks;
import dev.hone.llm.forward.Slice;
import dev.hone.llm.forward.StepReader;
import dev.hone.llm.generate.Logprobs;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.generate.TokenSampler;
import dev.hone.llm.kernel.WorkTeam;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Short steps of every size with a new model, so that what computes them is compiled before somebody waits.
 * A model whose logits are no numbers is found here.
 */
final class WarmUp {
    private static final int[] SEQUENCES = {1, 2, 8, 4};
    private static final int[] TOKENS_EACH = {1, 1, 1, 16};
    private static final int MOST_ROUNDS = 50;

    private WarmUp() {}

    /** Takes that long at most, but for the step that is under way then. */
    static void run(ForwardModel model, Duration most) {
        long end = System.nanoTime() + most.toNanos();
        StepReader reader = reader();
        try (KvBlocks blocks = model.newBlocks(8); WorkTeam team = WorkTeam.alone()) {
            for (int round = 0; round < MOST_ROUNDS; round++) {
                for (int size = 0; size < SEQUENCES.length; size++) {
                    if (System.nanoTime() - end >= 0) {
                        return;
                    }
                    model.step(slices(SEQUENCES[size], Math.min(TOKENS_EACH[size], model.config().maxPositionEmbeddings())), blocks, team, reader);
                }
            }
        }
    }

    /** Chooses tokens in the ways that cost most. */
    private static StepReader reader() {
        TokenSampler greedy = new TokenSampler(Sampling.greedy(1), new int[0]);
        TokenSampler topP = new TokenSampler(new Sampling(1, 0, 0.9, 0, 1, List.of()), new int[0]);
        TokenSampler topK = new TokenSampler(new Sampling(1, 40, 1, 0, 1, List.of()), new int[0]);
        return (slice, index, logits) -> {
            greedy.next(logits);
            topP.next(logits);
            topK.next(logits);
            new Logprobs(logits).likeliest(5);
        };
    }

    private static List<Slice> slices(int sequences, int tokens) {
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < sequences; i++) {
            slices.add(new Slice(new int[tokens], 0, new int[] {i}, Optional.empty(), tokens - 1, false));
        }
        return slices;
    }
}
