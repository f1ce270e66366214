package dev.hone.llm.forward;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.forward.Sequences.Reading;
import dev.hone.llm.forward.Sequences.Sequence;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.TinyLlama;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Adapters of any rank, and many in one batch. */
class ManyAdaptersTest {
    /** Widths that neither 16 nor 32 divides. */
    private static final ModelConfig ODD = ModelConfig.llama(50, 40, 52, 2, 2, 1, 20, 1e-5, 10000, 64, false, 0.02);

    @TempDir
    Path directory;

    @Test
    void givenSixteenAdaptersInABatch_whenDecoded_thenEachGivesWhatItGivesAlone() throws Exception {
        try (ForwardModel model = ForwardModels.load(TinyLlama.write(folder("base"), TinyLlama.CONFIG, 3), PackedAs.INT8); WorkTeam team = WorkTeam.of(2); Sequences sequences = new Sequences(model, team)) {
            List<Adapter> adapters = new ArrayList<>();
            List<Sequence> open = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                adapters.add(model.adapter(adapter(TinyLlama.CONFIG, 1 + i, i)));
                open.add(sequences.open(8, Optional.of(adapters.get(i))));
            }
            int[] tokens = TinyLlama.ids(6, 1);
            sequences.step(open.stream().map(s -> new Reading(s, Sequences.part(tokens, 0, 4))).toArray(Reading[]::new));
            sequences.step(open.stream().map(s -> new Reading(s, tokens[4])).toArray(Reading[]::new));
            sequences.step(open.stream().map(s -> new Reading(s, tokens[5])).toArray(Reading[]::new));
            for (int i = 0; i < 16; i++) {
                assertArrayEquals(Sequences.logits(model, tokens, Optional.of(adapters.get(i))), open.get(i).flat(), "adapter " + i);
            }
            adapters.forEach(Adapter::close);
        }
    }

    /** Merging is the reference: W + s·B·A in f64, rounded to bf16. */
    @Test
    void givenRanksAndWidthsThatNoVectorDivides_whenBesideTheBase_thenNearlyTheMergedModel() throws Exception {
        Path base = TinyLlama.write(folder("odd"), ODD, 3);
        for (int rank : new int[] {1, 2, 3, 7, 16, 33}) {
            Path trained = adapter(ODD, rank, rank);
            try (ForwardModel model = ForwardModels.load(base, PackedAs.STORED); Adapter adapter = model.adapter(trained);
                    ForwardModel merged = ForwardModels.loadMerged(base, trained, PackedAs.STORED)) {
                int[] tokens = new SplittableRandom(rank).ints(21, 0, ODD.vocabSize()).toArray();
                float[] expected = Sequences.logits(merged, tokens, Optional.empty());
                float[] found = Sequences.logits(model, tokens, Optional.of(adapter));
                float[] without = Sequences.logits(model, tokens, Optional.empty());
                assertEquals(0, Errors.rootMeanSquare(expected, found) / Errors.rootMeanSquare(expected, without), 0.05, "rank " + rank);
            }
        }
    }

    @Test
    void givenHiddenStatesAreWanted_whenRead_thenLogitsAreTheHeadsOfThem() throws Exception {
        try (ForwardModel model = ForwardModels.load(TinyLlama.write(folder("base"), TinyLlama.TIED, 3), PackedAs.BF16); WorkTeam team = WorkTeam.of(2); Sequences sequences = new Sequences(model, team)) {
            Sequence sequence = sequences.open(20, Optional.empty());
            sequences.step(new Reading(sequence, TinyLlama.ids(20, 4), true));
            float[][] head = new float[TinyLlama.TIED.vocabSize()][TinyLlama.TIED.hiddenSize()];
            for (int v = 0; v < head.length; v++) {
                ((PackedModel) model).embedding().row(v, head[v], 0);
            }
            for (int t = 0; t < 20; t++) {
                float[] expected = new float[head.length];
                for (int v = 0; v < head.length; v++) {
                    double sum = 0;
                    for (int d = 0; d < head[v].length; d++) {
                        sum += (double) head[v][d] * sequence.hidden.get(t)[d];
                    }
                    expected[v] = (float) sum;
                }
                assertEquals(0, Errors.rootMeanSquare(expected, sequence.logits.get(t)) / Errors.rootMeanSquare(expected, new float[expected.length]), 0.004, "token " + t);
            }
        }
    }

    @Test
    void givenATokenBeyondTheVocabulary_whenRead_thenTheErrorSaysWhichThereAre() throws Exception {
        try (ForwardModel model = ForwardModels.load(TinyLlama.write(folder("base"), TinyLlama.CONFIG, 3), PackedAs.BF16)) {
            assertEquals("Expected tokens from 0 to 95, found 96.", assertThrows(IllegalArgumentException.class, () -> Sequences.logits(model, new int[] {1, 96}, Optional.empty())).getMessage());
        }
    }

    private Path folder(String name) throws Exception {
        return Files.createDirectories(directory.resolve(name));
    }

    private Path adapter(ModelConfig config, int rank, long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        Map<String, AdapterFiles.Pair> pairs = new TreeMap<>();
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            if (weight.linear()) {
                int out = (int) weight.shape()[0];
                int in = (int) weight.shape()[1];
                pairs.put(weight.module(), new AdapterFiles.Pair(in, out, rank, values(random, rank * in, 0.2), values(random, out * rank, 0.2 / rank)));
            }
        }
        Path folder = folder("adapter" + seed);
        new AdapterFiles(AdapterConfig.plain(rank, 2.0 * rank, List.of("q_proj"), "tiny"), pairs).write(folder);
        return folder;
    }

    private static float[] values(SplittableRandom random, int count, double spread) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (spread * random.nextGaussian());
        }
        return values;
    }
}
