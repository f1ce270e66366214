package dev.hone.llm.lora;

/**
 * Rounding of a frozen base to int8: code = round(127 · w / max|row|), ties to even, as LLM.int8() does (Dettmers et al.
 * 2022, arXiv:2208.07339) and bitsandbytes' int8_vectorwise_quant computes it.
 */
public final class Int8 {
    private Int8() {}

    /** @param codes [out, in] row-major; @param scales [out] */
    public record Matrix(int out, int in, byte[] codes, float[] scales) {
        public float[] dequantize() {
            float[] weights = new float[codes.length];
            for (int i = 0; i < weights.length; i++) {
                weights[i] = codes[i] * scales[i / in];
            }
            return weights;
        }
    }

    /** @param weights [out, in], row-major */
    public static Matrix quantize(float[] weights, int out, int in) {
        byte[] codes = new byte[weights.length];
        float[] scales = new float[out];
        for (int row = 0; row < out; row++) {
            float largest = 0;
            for (int i = row * in; i < (row + 1) * in; i++) {
                largest = Math.max(largest, Math.abs(weights[i]));
            }
            float factor = largest == 0 ? 0 : 127 / largest;
            scales[row] = largest / 127;
            for (int i = row * in; i < (row + 1) * in; i++) {
                codes[i] = (byte) Math.rint(weights[i] * factor);
            }
        }
        return new Matrix(out, in, codes, scales);
    }

    /** The weights as training on an int8 base sees them, before the cast to the compute type. */
    public static float[] roundTrip(float[] weights, int out, int in) {
        return quantize(weights, out, in).dequantize();
    }
}
