package dev.hone.llm.quant;

import dev.hone.llm.model.LayerInputs;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.Scheme;
import java.util.Optional;

/**
 * GPTQ (Frantar et al. 2022, <a href="https://arxiv.org/abs/2210.17323">arXiv 2210.17323</a>): inputs are rounded one after
 * the other, the most active first, and each one's error is made up for by those that are still to come, as the second moments
 * of the inputs say. Scales are those of the weighed mean-squared-error search and stay where the inputs lie, so that the
 * order costs nothing when the model runs.
 *
 * <p>The second moments get a share of their mean on the diagonal; where that does not make them invertible, or the result loses
 * more than rounding to nearest does, ten times as much is tried, and at last the matrix is rounded to nearest.
 */
final class Gptq {
    private static final double[] DAMPINGS = {0.01, 0.1, 1};
    /** In place of the scale of a group of zeros: whatever is rounded in it becomes its zero point. */
    private static final float ENDLESS = 1e30f;

    private Gptq() {}

    /** @param note what was done otherwise than usual; empty: nothing */
    record Result(QuantizedMatrix matrix, String note) {}

    /** @param nearest the matrix rounded to nearest, whose scales are kept */
    static Result round(Scheme scheme, QuantizedMatrix nearest, float[] weights, LayerInputs inputs) {
        double bound = inputs.loss(null, weights, nearest.dequantize(), scheme.activationBits()).lost();
        boolean invertible = false;
        for (double damping : DAMPINGS) {
            Optional<LayerInputs.Factor> factor = inputs.factor(damping);
            if (factor.isPresent()) {
                invertible = true;
                byte[] codes = codes(scheme, nearest, weights, inputs, factor.get());
                QuantizedMatrix made = new QuantizedMatrix(nearest.rows(), nearest.columns(), codes, nearest.scales(), nearest.zeroPoints(), nearest.group(), nearest.bits(), nearest.scaleBits());
                if (inputs.loss(null, weights, made.dequantize(), scheme.activationBits()).lost() <= bound) {
                    return new Result(made, joined(damping == DAMPINGS[0] ? "" : "GPTQ's damping was raised to " + damping, dead(inputs)));
                }
            }
        }
        return new Result(nearest, joined("rounded to nearest: " + (invertible ? "GPTQ lost more of the outputs" : "the inputs' second moments have no inverse"), dead(inputs)));
    }

    /** Inputs that calibration never saw are rounded to nearest, and take part in nothing else. */
    private static String dead(LayerInputs inputs) {
        int dead = 0;
        for (float moment : inputs.moments()) {
            dead += moment == 0 ? 1 : 0;
        }
        return dead == 0 ? "" : dead + " inputs were never active in calibration";
    }

    private static String joined(String first, String second) {
        return first.isEmpty() || second.isEmpty() ? first + second : first + "; " + second;
    }

    private static byte[] codes(Scheme scheme, QuantizedMatrix nearest, float[] weights, LayerInputs inputs, LayerInputs.Factor factor) {
        int groups = nearest.columns() / nearest.group();
        float[] scales = new float[nearest.rows() * groups];
        float[] zeros = new float[scales.length];
        for (int i = 0; i < scales.length; i++) {
            int from = nearest.scales().length == 1 ? 0 : i;
            scales[i] = nearest.scales()[from] == 0 ? ENDLESS : nearest.scales()[from];
            zeros[i] = nearest.zeroPoints().length == 0 ? 0 : nearest.zeroPoints()[from];
        }
        int highest = (1 << (scheme.bits() - 1)) - 1;
        int lowest = scheme.bits() == 8 && scheme.symmetric() ? -highest : -highest - 1;
        return inputs.gptq(factor, weights, scales, zeros, nearest.group(), lowest, highest);
    }
}
