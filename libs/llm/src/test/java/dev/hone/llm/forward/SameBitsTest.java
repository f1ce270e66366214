package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.hone.llm.forward.Sequences.Reading;
import dev.hone.llm.forward.Sequences.Sequence;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.train.Golden;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a token gives depends on its own sequence alone, to the bit: not on its neighbours, its chunks, its blocks or the threads. */
class SameBitsTest {
    private static final int LENGTH = 53;

    @ParameterizedTest
    @CsvSource({"llama, STORED", "llama, INT8", "llama, INT4", "mistral, BF16", "phi3_partial, STORED", "gemma2, STORED", "qwen3, INT8", "gemma3, INT8"})
    void givenASequence_whenReadInAnyCompany_thenItsLogitsAreThoseOfItAlone(String family, PackedAs as) {
        try (Golden golden = Golden.family(family); ForwardModel model = ForwardModels.load(golden.base(), as);
                Adapter adapter = model.adapter(golden.adapter()); WorkTeam team = WorkTeam.of(2)) {
            for (Optional<Adapter> with : List.of(Optional.<Adapter>empty(), Optional.of(adapter))) {
                int[] tokens = tokens(model, 1, LENGTH);
                float[] alone = Sequences.logits(model, tokens, with);
                try (Sequences sequences = new Sequences(model, team, 64, 9)) {
                    Sequence sequence = sequences.open(LENGTH, with);
                    assertArrayEquals(alone, inChunks(sequences, sequence, tokens, model, adapter, 5), family + " in company");
                    sequence.evict();
                    assertArrayEquals(alone, inChunks(sequences, sequence, tokens, model, adapter, 6), family + " after eviction");
                    sequence.evict();
                    for (int token : tokens) {
                        sequences.step(new Reading(sequence, token));
                    }
                    assertArrayEquals(alone, sequence.flat(), family + " token by token");
                }
            }
        }
    }

    /** Chunks of random sizes, before and after other sequences' chunks and single tokens. */
    private static float[] inChunks(Sequences sequences, Sequence sequence, int[] tokens, ForwardModel model, Adapter adapter, long seed) {
        Random random = new Random(seed);
        Sequence other = sequences.open(80, Optional.of(adapter));
        Sequence third = sequences.open(80, Optional.empty());
        for (int from = 0; from < tokens.length; ) {
            int to = Math.min(tokens.length, from + 1 + random.nextInt(20));
            Reading own = new Reading(sequence, Arrays.copyOfRange(tokens, from, to));
            Reading before = new Reading(other, tokens(model, from, 1 + random.nextInt(3)));
            Reading after = new Reading(third, tokens(model, from + 1, 1));
            if (random.nextBoolean()) {
                sequences.step(before, own, after);
            } else {
                sequences.step(own, after, before);
            }
            from = to;
        }
        return sequence.flat();
    }

    private static int[] tokens(ForwardModel model, long seed, int count) {
        return new Random(seed).ints(count, 0, model.config().vocabSize()).toArray();
    }
}
