package dev.hone.llm.forward;

import java.util.Arrays;

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) of one kind of turn: cos and sin [T, rotary / 2], grown as
 * longer sequences come. Grown by one thread between steps, read by many in them.
 */
final class RotaryTable {
    private static final int FEWEST = 256;

    private final float[] frequencies;
    private float[] cos = new float[0];
    private float[] sin = new float[0];
    private int positions;

    /** @param frequencies of the pairs (i, i + rotary / 2) of a head, in radians per position */
    RotaryTable(float[] frequencies) {
        this.frequencies = frequencies;
    }

    void upTo(int tokens) {
        if (tokens <= positions) {
            return;
        }
        int half = frequencies.length;
        int wanted = Math.max(FEWEST, Integer.highestOneBit(tokens - 1) * 2);
        float[] moreCos = Arrays.copyOf(cos, Math.multiplyExact(wanted, half));
        float[] moreSin = Arrays.copyOf(sin, wanted * half);
        for (int t = positions; t < wanted; t++) {
            for (int i = 0; i < half; i++) {
                float angle = t * frequencies[i];
                moreCos[t * half + i] = (float) Math.cos(angle);
                moreSin[t * half + i] = (float) Math.sin(angle);
            }
        }
        cos = moreCos;
        sin = moreSin;
        positions = wanted;
    }

    /** Turns the head that begins at {@code at} as a token at {@code position} is turned, in place. */
    void turn(float[] x, int at, int position) {
        int half = frequencies.length;
        int row = position * half;
        for (int i = 0; i < half; i++) {
            float c = cos[row + i];
            float s = sin[row + i];
            float a = x[at + i];
            float b = x[at + half + i];
            x[at + i] = a * c - b * s;
            x[at + half + i] = b * c + a * s;
        }
    }
}
