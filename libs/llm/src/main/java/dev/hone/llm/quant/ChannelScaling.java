package dev.hone.llm.quant;

import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.LayerInputs;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.rounding.IntegerRounding;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.Scheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Divides the inputs of linear modules by scales and multiplies their weights by them, so that the model computes the same
 * and rounds better. The division is folded into what makes the inputs: a norm, or the rows of the module before.
 *
 * <p>AWQ (Lin et al. 2023, arXiv:2306.00978, section 3.2): s = (mean |x|)^α. SmoothQuant (Xiao et al. 2022,
 * arXiv:2211.10438, equation 4): s = max|x|^α / max|w|^(1−α). Both search for the α whose rounded modules reproduce their outputs
 * best over calibration tokens, and take none where that is best.
 */
final class ChannelScaling {
    private static final double STEP = 0.05;
    private static final double FIRST_SMOOTHING = 0.3;
    private static final double LAST_SMOOTHING = 0.8;
    private static final float LEAST = 1e-4f;

    private final Scheme scheme;
    private final LayerInWork layer;

    ChannelScaling(Scheme scheme, LayerInWork layer) {
        this.scheme = scheme;
        this.layer = layer;
    }

    /** Scales the inputs of every stage that something before can be divided for. */
    void apply(LayerWalk walk) {
        for (int stage = 0; stage < LayerWalk.STAGES; stage++) {
            if (canFold(stage)) {
                float[] scales;
                try (LayerInputs inputs = walk.inputs(stage)) {
                    scales = search(stage, inputs);
                }
                if (scales != null) {
                    fold(stage, scales);
                }
            }
        }
    }

    private List<Integer> modules(int stage) {
        return IntStream.range(0, ModelLayout.LINEARS).filter(n -> LayerWalk.stageOf(n) == stage).map(ModelLayout::placeOfLinear).filter(layer::has).boxed().toList();
    }

    /** Values and outputs of attention are in one order only where every head has its own values. */
    private boolean canFold(int stage) {
        return stage != 1 || layer.config().numKeyValueHeads() == layer.config().numAttentionHeads();
    }

    /** @return null where the inputs are best left alone */
    private float[] search(int stage, LayerInputs inputs) {
        List<Integer> modules = modules(stage);
        List<float[]> weights = modules.stream().map(layer::values).toList();
        float[] best = null;
        double least = lost(weights, null, inputs);
        for (float[] scales : candidates(weights, inputs)) {
            double lost = lost(weights, scales, inputs);
            if (lost < least) {
                least = lost;
                best = scales;
            }
        }
        return best;
    }

    private List<float[]> candidates(List<float[]> weights, LayerInputs inputs) {
        List<float[]> candidates = new ArrayList<>();
        if (scheme.method() == Scheme.Method.AWQ) {
            for (double alpha = STEP; alpha < 1 + STEP / 2; alpha += STEP) {
                double exponent = alpha;
                candidates.add(normed(power(inputs.magnitudes(), exponent)));
            }
        } else {
            float[] largest = largest(weights, inputs.maxima().length);
            for (double alpha = FIRST_SMOOTHING; alpha < LAST_SMOOTHING + STEP / 2; alpha += STEP) {
                float[] s = power(inputs.maxima(), alpha);
                float[] w = power(largest, 1 - alpha);
                candidates.add(normed(times(s, w, true)));
            }
        }
        return candidates;
    }

    private static float[] power(float[] x, double exponent) {
        float[] y = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = (float) Math.pow(Math.max(x[i], LEAST), exponent);
        }
        return y;
    }

    private static float[] times(float[] x, float[] y, boolean inverse) {
        float[] z = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            z[i] = inverse ? x[i] / y[i] : x[i] * y[i];
        }
        return z;
    }

    /** Around one, so that no norm's weight becomes huge or tiny. */
    private static float[] normed(float[] scales) {
        float least = Float.MAX_VALUE;
        float most = 0;
        for (float s : scales) {
            least = Math.min(least, s);
            most = Math.max(most, s);
        }
        float middle = (float) Math.sqrt((double) least * most);
        float[] normed = new float[scales.length];
        for (int i = 0; i < scales.length; i++) {
            normed[i] = Math.max(scales[i] / middle, LEAST);
        }
        return normed;
    }

    /** Per input, the largest weight of all modules that read it. */
    private static float[] largest(List<float[]> weights, int inputs) {
        float[] largest = new float[inputs];
        for (float[] matrix : weights) {
            for (int i = 0; i < matrix.length; i++) {
                largest[i % inputs] = Math.max(largest[i % inputs], Math.abs(matrix[i]));
            }
        }
        return largest;
    }

    private double lost(List<float[]> weights, float[] scales, LayerInputs inputs) {
        double lost = 0;
        int columns = inputs.moments().length;
        for (float[] matrix : weights) {
            float[] scaled = scales == null ? matrix : byColumns(matrix, scales);
            // to nearest: a search for every range would take ten times as long and chooses the same
            QuantizedMatrix rounded = IntegerRounding.round(scheme.by(Scheme.Method.RTN), scaled, matrix.length / columns, columns, null);
            lost += inputs.loss(scales, matrix, rounded.dequantize(), scheme.activationBits()).lost();
        }
        return lost;
    }

    private static float[] byColumns(float[] matrix, float[] scales) {
        float[] scaled = new float[matrix.length];
        for (int row = 0; row < matrix.length; row += scales.length) {
            for (int c = 0; c < scales.length; c++) {
                scaled[row + c] = matrix[row + c] * scales[c];
            }
        }
        return scaled;
    }

    private void fold(int stage, float[] wanted) {
        float[] scales = switch (stage) {
            case 0 -> intoNorm(0, wanted);
            case 1 -> intoRows(values(), valueRow(), wanted);
            case 2 -> intoNorm(1, wanted);
            default -> intoRows(ups(), upRow(), wanted);
        };
        for (int place : modules(stage)) {
            layer.change(place, byColumns(layer.values(place), scales));
        }
    }

    /**
     * A norm's weight lies in bf16: the quotient is rounded first, and the scales are what it comes to then, so that the
     * model stays exactly the same.
     */
    private float[] intoNorm(int place, float[] wanted) {
        float[] before = layer.factors(place);
        float[] after = new float[before.length];
        for (int i = 0; i < before.length; i++) {
            after[i] = before[i] / wanted[i];
        }
        layer.changeFactors(place, after);
        float[] stored = layer.values(place).clone();
        for (int i = 0; i < stored.length; i++) {
            stored[i] = FloatCodec.roundToBf16(stored[i]);
        }
        layer.change(place, stored);
        float[] held = layer.factors(place);
        float[] scales = new float[held.length];
        for (int i = 0; i < held.length; i++) {
            scales[i] = held[i] == 0 || before[i] == 0 ? 1 : before[i] / held[i];
            if (held[i] == 0 || before[i] == 0) {
                held[i] = before[i];
            }
        }
        layer.changeFactors(place, held);
        return scales;
    }

    private float[] intoRows(int n, int firstRow, float[] scales) {
        int place = ModelLayout.placeOfLinear(n);
        float[] matrix = layer.values(place).clone();
        int columns = (int) layer.place(place).shape()[1];
        for (int row = 0; row < scales.length; row++) {
            for (int i = (firstRow + row) * columns; i < (firstRow + row + 1) * columns; i++) {
                matrix[i] /= scales[row];
            }
        }
        layer.change(place, matrix);
        int biasPlace = ModelLayout.placeOfBias(n);
        if (layer.has(biasPlace)) {
            float[] bias = layer.values(biasPlace).clone();
            for (int row = 0; row < scales.length; row++) {
                bias[firstRow + row] /= scales[row];
            }
            layer.change(biasPlace, bias);
        }
        return scales;
    }

    private int values() {
        return layer.config().traits().fused() ? 0 : 2;
    }

    private int valueRow() {
        ModelConfig c = layer.config();
        return c.traits().fused() ? (c.numAttentionHeads() + c.numKeyValueHeads()) * c.headDim() : 0;
    }

    private int ups() {
        return layer.config().traits().fused() ? 4 : 5;
    }

    private int upRow() {
        return layer.config().traits().fused() ? layer.config().intermediateSize() : 0;
    }
}
