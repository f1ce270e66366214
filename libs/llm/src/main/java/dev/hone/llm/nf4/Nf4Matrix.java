package dev.hone.llm.nf4;

/**
 * A weight matrix in NF4. The arrays are not copied: do not change them.
 *
 * @param codes [out, in/2], two 4-bit codes a byte, the earlier weight in the high half
 * @param absmax [out·in/64], codes of the absolute maxima
 * @param scales [⌈out·in/64/256⌉], what 256 maxima are multiplied by
 * @param offset mean of the maxima, added to each
 */
public record Nf4Matrix(int out, int in, byte[] codes, byte[] absmax, float[] scales, float offset) {
    public Nf4Matrix {
        int weights = out * in;
        if (codes.length * 2 != weights || absmax.length * Nf4.BLOCK != weights || scales.length != Math.ceilDiv(absmax.length, Nf4.SCALE_BLOCK)) {
            throw new IllegalArgumentException("Expected " + weights / 2 + " bytes of codes and " + weights / Nf4.BLOCK + " maxima for a matrix of " + out + " x " + in
                    + ", found " + codes.length + " and " + absmax.length + " with " + scales.length + " scales.");
        }
    }

    /** [out, in], row-major, in f32: value · (map[absmax] · scale + offset). */
    public float[] dequantize() {
        float[] values = Nf4.values();
        float[] map = Nf4.absmaxMap();
        float[] weights = new float[codes.length * 2];
        for (int i = 0; i < weights.length; i++) {
            int block = i / Nf4.BLOCK;
            float max = map[absmax[block] & 0xFF] * scales[block / Nf4.SCALE_BLOCK] + offset;
            int code = i % 2 == 0 ? (codes[i / 2] >> 4) & 0xF : codes[i / 2] & 0xF;
            weights[i] = values[code] * max;
        }
        return weights;
    }

    /** Bytes of everything stored. */
    public long bytes() {
        return codes.length + absmax.length + 4L * scales.length + 4;
    }
}
