package dev.hone.llm.nf4;

/**
 * A matrix on its way to NF4, piece by piece in any order. Blocks are coded as they come; their absolute maxima are kept until
 * the last one is there, because double quantization takes their mean.
 */
public final class Nf4Pieces {
    private final int out;
    private final int in;
    private final byte[] codes;
    private final float[] absmax;

    /** @throws IllegalArgumentException if the number of weights is no multiple of 64 */
    public Nf4Pieces(int out, int in) {
        long weights = (long) out * in;
        if (weights % Nf4.BLOCK != 0 || in % 2 != 0) {
            throw new IllegalArgumentException("NF4 stores blocks of " + Nf4.BLOCK + " weights, two a byte along a row; a matrix of " + out + " x " + in
                    + " does not divide into them. Train this model with method lora instead of qlora.");
        }
        this.out = out;
        this.in = in;
        codes = new byte[Math.toIntExact(weights / 2)];
        absmax = new float[Math.toIntExact(weights / Nf4.BLOCK)];
    }

    /**
     * Codes a piece; several threads may bring different ones.
     *
     * @param first where it begins in the row-major matrix, a multiple of 64
     * @param weights whole blocks
     * @throws IllegalArgumentException if a weight is not finite
     */
    public void put(long first, float[] weights) {
        if (first % Nf4.BLOCK != 0 || weights.length % Nf4.BLOCK != 0) {
            throw new IllegalArgumentException("Expected whole blocks of " + Nf4.BLOCK + " weights, found " + weights.length + " from " + first + " on.");
        }
        for (int from = 0; from < weights.length; from += Nf4.BLOCK) {
            putBlock(Math.toIntExact((first + from) / Nf4.BLOCK), weights, from);
        }
    }

    void putBlock(int block, float[] weights, int from) {
        float largest = largest(weights, from, Nf4.BLOCK);
        absmax[block] = largest;
        int at = block * (Nf4.BLOCK / 2);
        for (int i = 0; i < Nf4.BLOCK; i += 2) {
            codes[at + i / 2] = (byte) (Nf4.nearest(weights[from + i], largest) << 4 | Nf4.nearest(weights[from + i + 1], largest));
        }
    }

    /** The matrix, once all pieces are there. */
    public Nf4Matrix matrix() {
        double sum = 0;
        for (float value : absmax) {
            sum += value;
        }
        float mean = (float) (sum / absmax.length);
        float[] centred = new float[absmax.length];
        for (int i = 0; i < centred.length; i++) {
            centred[i] = absmax[i] - mean;
        }
        byte[] maxima = new byte[absmax.length];
        float[] scales = new float[Math.ceilDiv(absmax.length, Nf4.SCALE_BLOCK)];
        for (int s = 0; s < scales.length; s++) {
            int begin = s * Nf4.SCALE_BLOCK;
            int count = Math.min(Nf4.SCALE_BLOCK, absmax.length - begin);
            scales[s] = largest(centred, begin, count);
            for (int i = begin; i < begin + count; i++) {
                maxima[i] = Nf4.nearestInMap(scales[s] == 0 ? 0 : (double) centred[i] / scales[s]);
            }
        }
        return new Nf4Matrix(out, in, codes, maxima, scales, mean);
    }

    private static float largest(float[] values, int begin, int count) {
        float max = 0;
        for (int i = begin; i < begin + count; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("NF4 stores finite weights; weight " + i + " is " + values[i] + ". The model's file is damaged.");
            }
            max = Math.max(max, Math.abs(values[i]));
        }
        return max;
    }
}
