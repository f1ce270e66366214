package dev.hone.llm.gguf;

import java.lang.foreign.MemorySegment;

/**
 * Q4_K and Q5_K: 256 values in 8 sub-blocks of 32, x = d·s·code − dmin·m, with six bits for each sub-block's s and m, and d
 * and dmin in f16.
 *
 * <p>Bytes: d, dmin; 12 bytes of s and m (those of sub-blocks 0…3 in the low six bits of bytes 0…3 and 4…7; of 4…7 the low
 * four bits in bytes 8…11, s below m, and the high two on top of bytes 0…3 and 4…7); for Q5_K the fifth bits, bit j of
 * byte i for code i of sub-block j; per pair of sub-blocks 32 bytes of four bits, the first sub-block's low.
 *
 * <p>Each sub-block's best line comes first ({@link AffineSearch}). Then in turn s and m are chosen among the neighbours of
 * the line by the error that they make, and d and dmin are solved by least squares over all 256 values.
 */
final class AffineBlocks implements Blocks {
    private static final int SUBS = 8;
    private static final int LENGTH = 32;
    private static final int VALUES = 256;
    private static final int LARGEST = 63;
    private static final int ROUNDS = 4;

    private final int bits;
    private final int highest;
    private final AffineSearch search;
    private final float[] scales = new float[SUBS];
    private final float[] offsets = new float[SUBS];
    private final byte[] codes = new byte[VALUES];
    private final int[] s = new int[SUBS];
    private final int[] m = new int[SUBS];
    private final int[] bestS = new int[SUBS];
    private final int[] bestM = new int[SUBS];
    private float d;
    private float dmin;
    private float error;

    AffineBlocks(int bits) {
        this.bits = bits;
        this.highest = (1 << bits) - 1;
        this.search = new AffineSearch(highest, bits == 4 ? ScaleSearch.grid(13.4, 18.2, 0.3) : ScaleSearch.grid(29.8, 34, 0.35));
    }

    @Override
    public void encode(float[] x, int from, float[] h, int hFrom, MemorySegment out, long at) {
        for (int sub = 0; sub < SUBS; sub++) {
            search.search(x, from + LENGTH * sub, LENGTH, h, hFrom + LENGTH * sub);
            scales[sub] = search.scale();
            offsets[sub] = search.offset();
        }
        choose(x, from, h, hFrom);
        write(x, from, out, at);
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private void choose(float[] x, int from, float[] h, int hFrom) {
        d = Blocks.toHalf(largest(scales) / LARGEST);
        dmin = Blocks.toHalf(largest(offsets) / LARGEST);
        float least = Float.POSITIVE_INFINITY;
        float bestD = 0;
        float bestDmin = 0;
        for (int round = 0; round < ROUNDS; round++) {
            error = 0;
            for (int sub = 0; sub < SUBS; sub++) {
                neighbours(x, from + LENGTH * sub, h, hFrom + LENGTH * sub, sub);
            }
            if (!(error < least)) {
                break;
            }
            least = error;
            bestD = d;
            bestDmin = dmin;
            System.arraycopy(s, 0, bestS, 0, SUBS);
            System.arraycopy(m, 0, bestM, 0, SUBS);
            solve(x, from, h, hFrom);
        }
        d = bestD;
        dmin = bestDmin;
    }

    /** The pair of six-bit numbers around the sub-block's line that loses least with this d and dmin. */
    private void neighbours(float[] x, int from, float[] h, int hFrom, int sub) {
        int anchorS = d > 0 ? Math.round(scales[sub] / d) : 0;
        int anchorM = dmin > 0 ? Math.round(offsets[sub] / dmin) : 0;
        float least = Float.POSITIVE_INFINITY;
        for (int trialS = Math.clamp(anchorS - 1, 0, LARGEST); trialS <= Math.clamp(anchorS + 1, 0, LARGEST); trialS++) {
            for (int trialM = Math.clamp(anchorM - 1, 0, LARGEST); trialM <= Math.clamp(anchorM + 1, 0, LARGEST); trialM++) {
                float found = error(x, from, h, hFrom, d * trialS, dmin * trialM);
                if (found < least) {
                    least = found;
                    s[sub] = trialS;
                    m[sub] = trialM;
                }
            }
        }
        error += least;
    }

    private float error(float[] x, int from, float[] h, int hFrom, float scale, float offset) {
        float inverse = scale == 0 ? 0 : 1 / scale;
        float sum = 0;
        for (int i = 0; i < LENGTH; i++) {
            float shifted = x[from + i] + offset;
            float difference = shifted - scale * Math.min(Math.max((int) (shifted * inverse + 0.5f), 0), highest);
            sum += h[hFrom + i] * difference * difference;
        }
        return sum;
    }

    /** d and dmin that are best for the codes, s and m there are; they stay where there is no single answer. */
    private void solve(float[] x, int from, float[] h, int hFrom) {
        double aa = 0;
        double ab = 0;
        double bb = 0;
        double ax = 0;
        double bx = 0;
        for (int sub = 0; sub < SUBS; sub++) {
            code(x, from, sub, s[sub], m[sub]);
            float b = -m[sub];
            for (int i = LENGTH * sub; i < LENGTH * (sub + 1); i++) {
                float a = s[sub] * codes[i];
                float weight = h[hFrom + i];
                aa += weight * a * a;
                ab += weight * a * b;
                bb += weight * b * b;
                ax += weight * a * x[from + i];
                bx += weight * b * x[from + i];
            }
        }
        double determinant = aa * bb - ab * ab;
        if (determinant > 1e-9 * aa * bb) {
            d = Blocks.toHalf((float) ((bb * ax - ab * bx) / determinant));
            dmin = Blocks.toHalf((float) ((aa * bx - ab * ax) / determinant));
        } else if (aa > 0 && bb == 0) {
            d = Blocks.toHalf((float) (ax / aa));
        }
        d = Math.max(d, 0);
        dmin = Math.max(dmin, 0);
    }

    private void code(float[] x, int from, int sub, int scale, int offset) {
        float step = d * scale;
        float inverse = step == 0 ? 0 : 1 / step;
        float shift = dmin * offset;
        for (int i = LENGTH * sub; i < LENGTH * (sub + 1); i++) {
            codes[i] = (byte) Math.clamp((int) ((x[from + i] + shift) * inverse + 0.5f), 0, highest);
        }
    }

    private void write(float[] x, int from, MemorySegment out, long at) {
        Blocks.half(out, at, d);
        Blocks.half(out, at + 2, dmin);
        for (int sub = 0; sub < SUBS; sub++) {
            code(x, from, sub, bestS[sub], bestM[sub]);
        }
        for (int i = 0; i < 4; i++) {
            Blocks.set(out, at + 4 + i, bestS[i] | bestS[i + 4] >> 4 << 6);
            Blocks.set(out, at + 8 + i, bestM[i] | bestM[i + 4] >> 4 << 6);
            Blocks.set(out, at + 12 + i, bestS[i + 4] & 15 | (bestM[i + 4] & 15) << 4);
        }
        writeCodes(out, at + 16);
    }

    private void writeCodes(MemorySegment out, long at) {
        for (int i = 0; i < LENGTH; i++) {
            int fifth = 0;
            for (int pair = 0; pair < SUBS / 2; pair++) {
                int low = codes[2 * LENGTH * pair + i];
                int high = codes[2 * LENGTH * pair + LENGTH + i];
                Blocks.set(out, at + (bits == 5 ? LENGTH : 0) + LENGTH * pair + i, low & 15 | (high & 15) << 4);
                fifth |= low >> 4 << 2 * pair | high >> 4 << 2 * pair + 1;
            }
            if (bits == 5) {
                Blocks.set(out, at + i, fifth);
            }
        }
    }

    @Override
    public void decode(MemorySegment in, long at, float[] x, int to) {
        float scale = Blocks.half(in, at);
        float offset = Blocks.half(in, at + 2);
        long low = at + (bits == 5 ? 16 + LENGTH : 16);
        for (int sub = 0; sub < SUBS; sub++) {
            float step = scale * six(in, at, 4, sub);
            float shift = offset * six(in, at, 8, sub);
            for (int i = 0; i < LENGTH; i++) {
                int code = Blocks.unsigned(in, low + LENGTH * (sub / 2) + i) >> 4 * (sub % 2) & 15;
                int fifth = bits == 5 ? Blocks.unsigned(in, at + 16 + i) >> sub & 1 : 0;
                x[to + LENGTH * sub + i] = step * (code | fifth << 4) - shift;
            }
        }
    }

    /**
     * Six bits of a sub-block.
     *
     * @param at where the block's d lies
     * @param four 4 for s, 8 for m
     */
    private static int six(MemorySegment in, long at, int four, int sub) {
        if (sub < 4) {
            return Blocks.unsigned(in, at + four + sub) & 63;
        }
        int low = Blocks.unsigned(in, at + 12 + sub - 4) >> four - 4 & 15;
        return low | Blocks.unsigned(in, at + four + sub - 4) >> 6 << 4;
    }
}
