package dev.hone.llm.nf4;

import java.util.stream.IntStream;

/**
 * NF4 with double quantization, as in QLoRA (Dettmers et al. 2023, arXiv:2305.14314, section 3) and bitsandbytes.
 *
 * <p>Weights are divided into blocks of 64 along the rows; each weight becomes the nearest of 16 values times its block's
 * absolute maximum. The maxima are quantized in turn: their mean is taken off, and blocks of 256 of them share one f32
 * scale, each being one of 256 values of an 8-bit map. That costs 8/64 + 32/(64·256) = 0.127 bits a weight where f32 maxima
 * cost 0.5.
 */
public final class Nf4 {
    /** Weights that share an absolute maximum. */
    public static final int BLOCK = 64;

    /** Absolute maxima that share a scale. */
    public static final int SCALE_BLOCK = 256;

    /**
     * The 16 values: quantiles of a standard normal distribution scaled to [-1, 1], with an exact zero; the table of the
     * paper's appendix E in the f32 digits of bitsandbytes.
     */
    private static final float[] VALUES = {
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f
    };

    private static final double[] BORDERS = borders(VALUES);

    /** Parts of 1 so small that at most one border lies in each, and the code where each of them begins. */
    private static final int PARTS = 512;
    private static final byte[] FIRST_CODES = firstCodes();

    private static final float[] MAP = DynamicMap.signed();
    private static final double[] MAP_BORDERS = borders(MAP);

    private Nf4() {}

    public static float[] values() {
        return VALUES.clone();
    }

    /** The 256 values that the codes of absolute maxima stand for, ascending. */
    public static float[] absmaxMap() {
        return MAP.clone();
    }

    /** Half way between neighbours: above a border the upper one is nearer. In f32 a border would be off by its rounding. */
    private static double[] borders(float[] values) {
        double[] borders = new double[values.length - 1];
        for (int i = 0; i < borders.length; i++) {
            borders[i] = ((double) values[i] + values[i + 1]) / 2;
        }
        return borders;
    }

    /**
     * @param weights [out, in], row-major
     * @throws IllegalArgumentException if their number is no multiple of 64, or a weight is not finite
     */
    public static Nf4Matrix quantize(float[] weights, int out, int in) {
        if (weights.length != out * in) {
            throw new IllegalArgumentException("Expected " + out + " x " + in + " weights, found " + weights.length + ".");
        }
        Nf4Pieces pieces = new Nf4Pieces(out, in);
        IntStream.range(0, weights.length / BLOCK).parallel().forEach(block -> pieces.putBlock(block, weights, block * BLOCK));
        return pieces.matrix();
    }

    /** The code of the value that is nearest to {@code weight / absmax}. */
    static int nearest(float weight, float absmax) {
        if (absmax == 0) {
            return 7;
        }
        double x = (double) weight / absmax;
        int code = FIRST_CODES[(int) ((x + 1) * PARTS)];
        while (code < BORDERS.length && BORDERS[code] < x) {
            code++;
        }
        return code;
    }

    private static byte[] firstCodes() {
        byte[] codes = new byte[2 * PARTS + 1];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) index(BORDERS, (double) i / PARTS - 1);
        }
        return codes;
    }

    /** The code of the map's value that is nearest. */
    static byte nearestInMap(double x) {
        return (byte) index(MAP_BORDERS, x);
    }

    /** How many borders lie below {@code x}. */
    private static int index(double[] borders, double x) {
        int low = 0;
        int high = borders.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (borders[middle] < x) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The weights as training on an NF4 base sees them, before the cast to the compute type. */
    public static float[] roundTrip(float[] weights, int out, int in) {
        return quantize(weights, out, in).dequantize();
    }
}
