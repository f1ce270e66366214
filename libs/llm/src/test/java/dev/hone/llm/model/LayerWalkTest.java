package dev.hone.llm.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerWalkTest {
    private static final ModelConfig CONFIG = TinyLlama.CONFIG;
    private static final int QUERY_KEY_VALUE = 0;
    private static final int OUTPUT = 1;
    private static final int DOWN = 3;

    @TempDir
    Path directory;

    /** By definition, in double: the first layer's q reads the embedding, normed. */
    @Test
    void givenRows_whenTheFirstLayerIsTapped_thenStatisticsOfQAreThoseOfTheNormedEmbedding() {
        int[] ids = TinyLlama.ids(7, 1);
        int d = CONFIG.hiddenSize();
        try (WeightSource source = source(7); LayerWalk walk = walk(source, List.of(ids)); LayerInputs inputs = walk.inputs(QUERY_KEY_VALUE)) {
            double[][] read = normedEmbedding(source, ids);
            for (int c = 0; c < d; c++) {
                double square = 0;
                double magnitude = 0;
                double largest = 0;
                for (double[] token : read) {
                    square += token[c] * token[c] / ids.length;
                    magnitude += Math.abs(token[c]) / ids.length;
                    largest = Math.max(largest, Math.abs(token[c]));
                }
                assertEquals(square, inputs.moments()[c], 1e-4 * (1 + square));
                assertEquals(magnitude, inputs.magnitudes()[c], 1e-4 * (1 + magnitude));
                assertEquals(largest, inputs.maxima()[c], 1e-4 * (1 + largest));
            }
        }
    }

    private static double[][] normedEmbedding(WeightSource source, int[] ids) {
        float[] embedding = source.floats("model.embed_tokens.weight");
        float[] norm = source.floats("model.layers.0.input_layernorm.weight");
        int d = CONFIG.hiddenSize();
        double[][] read = new double[ids.length][d];
        for (int t = 0; t < ids.length; t++) {
            double square = 0;
            for (int i = 0; i < d; i++) {
                square += Math.pow(embedding[ids[t] * d + i], 2) / d;
            }
            for (int i = 0; i < d; i++) {
                read[t][i] = embedding[ids[t] * d + i] * norm[i] / Math.sqrt(square + CONFIG.rmsNormEps());
            }
        }
        return read;
    }

    /** A matrix of zeros loses everything, the identity loses nothing, and the whole is tokens times the sum of the moments. */
    @Test
    void givenTheIdentity_whenItsLossIsMeasured_thenTheWholeIsTheInputsOwnEnergy() {
        List<int[]> rows = List.of(TinyLlama.ids(7, 1), TinyLlama.ids(5, 2));
        try (WeightSource source = source(7); LayerWalk walk = walk(source, rows)) {
            walk.advance();
            try (LayerInputs inputs = walk.inputs(QUERY_KEY_VALUE)) {
                float[] identity = new float[CONFIG.hiddenSize() * CONFIG.hiddenSize()];
                for (int i = 0; i < CONFIG.hiddenSize(); i++) {
                    identity[i * (CONFIG.hiddenSize() + 1)] = 1;
                }
                double sum = 0;
                for (float moment : inputs.moments()) {
                    sum += moment;
                }
                assertEquals(12 * sum, inputs.loss(null, identity, identity, 0).whole(), 1e-3 * sum);
                assertEquals(0, inputs.loss(null, identity, identity, 0).relative());
                assertEquals(1, inputs.loss(null, identity, new float[identity.length], 0).relative(), 1e-12);
            }
            walk.advance();
            assertThrows(IllegalStateException.class, walk::advance);
        }
    }

    /** The walk repeats the model's formulas; if the two drift apart, the whole model's logits tell. */
    @Test
    void givenTwoModels_whenTheirWalksAreCompared_thenLossesAndDivergenceAreThoseOfTheModelsLogitsInDouble() {
        Path first = TinyLlama.write(folder("first"), CONFIG, 7);
        Path second = TinyLlama.write(folder("second"), CONFIG, 8);
        List<int[]> rows = List.of(TinyLlama.ids(9, 3), TinyLlama.ids(14, 4), TinyLlama.ids(9, 5));
        List<boolean[]> counts = rows.stream().map(row -> {
            boolean[] all = new boolean[row.length];
            Arrays.fill(all, true);
            all[2] = false;
            return all;
        }).toList();
        try (WeightSource a = WeightSource.open(first); WeightSource b = WeightSource.open(second);
                LayerWalk walk = walk(a, rows); LayerWalk other = walk(b, rows);
                LanguageModel model = LanguageModel.load(first, Precision.F32); LanguageModel otherModel = LanguageModel.load(second, Precision.F32)) {
            List<LastHidden.Position> positions = walk.last().compare(other.last(), rows, counts);
            assertEquals(7 + 12 + 7, positions.size());
            for (int row = 0; row < rows.size(); row++) {
                List<double[]> p = logProbabilities(model.logits(rows).get(row));
                List<double[]> q = logProbabilities(otherModel.logits(rows).get(row));
                int r = row;
                List<LastHidden.Position> of = positions.stream().filter(x -> x.row() == r).toList();
                int i = 0;
                for (int t = 1; t < rows.get(row).length; t++) {
                    if (counts.get(row)[t]) {
                        LastHidden.Position found = of.get(i++);
                        double[] pt = p.get(t - 1);
                        double[] qt = q.get(t - 1);
                        double kl = 0;
                        for (int v = 0; v < pt.length; v++) {
                            kl += Math.exp(pt[v]) * (pt[v] - qt[v]);
                        }
                        assertEquals(-pt[rows.get(row)[t]], found.referenceLoss(), 1e-4);
                        assertEquals(-qt[rows.get(row)[t]], found.loss(), 1e-4);
                        assertEquals(kl, found.kl(), 1e-4 * (1 + kl));
                        assertEquals(likeliest(pt) == likeliest(qt), found.sameTop());
                    }
                }
            }
        }
    }

    @Test
    void givenAModelBesideItself_whenCompared_thenNothingDiffers() {
        List<int[]> rows = List.of(TinyLlama.ids(9, 3));
        boolean[] counts = new boolean[9];
        Arrays.fill(counts, true);
        try (WeightSource source = source(7); LayerWalk walk = walk(source, rows); LayerWalk again = walk(source, rows)) {
            for (LastHidden.Position position : walk.last().compare(again.last(), rows, List.of(counts))) {
                assertEquals(0, position.kl(), 1e-12);
                assertEquals(position.referenceLoss(), position.loss());
                assertTrue(position.sameTop());
            }
        }
    }

    /** What o and down read is known where the modules before them are zero. */
    @Test
    void givenReplacedWeights_whenTapped_thenTheStageReadsWhatTheyMake() {
        List<int[]> rows = List.of(TinyLlama.ids(6, 9));
        try (WeightSource source = source(7); LayerWalk walk = walk(source, rows)) {
            int up = ModelLayout.placeOfLinear(5);
            int v = ModelLayout.placeOfLinear(2);
            walk.replace(up, new float[(int) ModelLayout.layer(CONFIG, 0).get(up).elements()]);
            walk.replace(v, new float[(int) ModelLayout.layer(CONFIG, 0).get(v).elements()]);
            try (LayerInputs out = walk.inputs(OUTPUT); LayerInputs down = walk.inputs(DOWN)) {
                assertArrayEquals(new float[CONFIG.numAttentionHeads() * CONFIG.headDim()], out.moments());
                assertArrayEquals(new float[CONFIG.intermediateSize()], down.moments());
            }
        }
    }

    private static List<double[]> logProbabilities(float[] logits) {
        List<double[]> all = new ArrayList<>();
        int v = CONFIG.vocabSize();
        for (int t = 0; t < logits.length / v; t++) {
            double sum = 0;
            for (int i = 0; i < v; i++) {
                sum += Math.exp(logits[t * v + i]);
            }
            double[] logP = new double[v];
            for (int i = 0; i < v; i++) {
                logP[i] = logits[t * v + i] - Math.log(sum);
            }
            all.add(logP);
        }
        return all;
    }

    private static int likeliest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }

    private LayerWalk walk(WeightSource source, List<int[]> rows) {
        return LayerWalk.through(CONFIG, source, Precision.F32, 0, rows);
    }

    private Path folder(String name) {
        Path folder = directory.resolve(name);
        assertTrue(folder.toFile().mkdir());
        return folder;
    }

    private WeightSource source(long seed) {
        return WeightSource.open(TinyLlama.write(directory, CONFIG, seed));
    }
}
