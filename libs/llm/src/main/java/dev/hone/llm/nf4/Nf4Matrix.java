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
        long weights = (long) out * in;
        if (codes.length * 2L != weights || (long) absmax.length * Nf4.BLOCK != weights || scales.length != Math.ceilDiv(absmax.length, Nf4.SCALE_BLOCK)) {
            throw new IllegalArgumentException("Expected " + weights / 2 + " bytes of codes and " + weights / Nf4.BLOCK + " maxima for a matrix of " + out + " x " + in
                    + ", found " + codes.length + " and " + absmax.length + " with " + scales.length + " scales.");
        }
    }

    /** [out, in], row-major, in f32: value · (map[absmax] · scale + offset). */
    public float[] dequantize() {
        float[] weights = new float[Math.multiplyExact(codes.length, 2)];
        dequantize(0, weights);
        return weights;
    }

    /** The weights from {@code first} on of the row-major matrix, as many as {@code into} takes. */
    public void dequantize(long first, float[] into) {
        float[] values = Nf4.values();
        float[] map = Nf4.absmaxMap();
        for (int i = 0; i < into.length; i++) {
            long at = first + i;
            int block = (int) (at / Nf4.BLOCK);
            float max = map[absmax[block] & 0xFF] * scales[block / Nf4.SCALE_BLOCK] + offset;
            int both = codes[(int) (at / 2)];
            into[i] = values[at % 2 == 0 ? both >> 4 & 0xF : both & 0xF] * max;
        }
    }

    /** Bytes of everything stored. */
    public long bytes() {
        return codes.length + absmax.length + 4L * scales.length + 4;
    }
}
