package dev.hone.llm.generate;

import java.util.Arrays;

/** Finds the largest of many numbers, ties going to the lower index; NaN is no number to compare. */
final class Largest {
    private static final int BLOCK = 1024;
    /** Where the JVM was started without the module of vectors, plain loops find the same. */
    static final boolean VECTORS = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

    private Largest() {}

    /**
     * @throws IllegalStateException if one is NaN: then whatever computed them is at fault
     */
    static int index(float[] x) {
        float best = Float.NEGATIVE_INFINITY;
        int block = 0;
        for (int from = 0; from < x.length; from += BLOCK) {
            float largest = largest(x, from, Math.min(x.length, from + BLOCK));
            if (!(largest <= best)) {
                requireNumber(largest);
                best = largest;
                block = from;
            }
        }
        int index = block;
        while (x[index] != best) {
            index++;
        }
        return index;
    }

    private static float largest(float[] x, int from, int to) {
        return VECTORS ? VectorScan.largest(x, from, to) : largestOf(x, from, to);
    }

    private static float largestOf(float[] x, int from, int to) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            largest = Math.max(largest, x[i]);
        }
        return largest;
    }

    /** The first index from which on something is larger; the length if nothing is. */
    private static int larger(float[] x, int from, float than) {
        int i = VECTORS ? VectorScan.larger(x, from, than) : from;
        while (i < x.length && !(x[i] > than)) {
            i++;
        }
        return i;
    }

    /** The sum of what is at least so large, to three digits. */
    static float sumAtLeast(float[] x, float least) {
        return VECTORS ? VectorScan.sumAtLeast(x, least) : (float) sumOfAtLeast(x, least);
    }

    private static double sumOfAtLeast(float[] x, float least) {
        double sum = 0;
        for (float value : x) {
            sum += value >= least ? value : 0;
        }
        return sum;
    }

    private static void requireNumber(float value) {
        if (Float.isNaN(value)) {
            throw new IllegalStateException("Expected logits that are numbers, found NaN: the model's weights or its computation are broken.");
        }
    }

    /** Indices of the {@code count} largest, largest first. */
    static int[] indices(float[] x, int count) {
        long[] heap = new long[Math.min(count, x.length)];
        if (heap.length == 0) {
            return new int[0];
        }
        Arrays.setAll(heap, i -> key(x[i], i));
        Arrays.sort(heap);
        float smallest = value(heap[0]);
        for (int i = larger(x, heap.length, smallest); i < x.length; i = larger(x, i + 1, smallest)) {
            replaceSmallest(heap, key(x[i], i));
            smallest = value(heap[0]);
        }
        Arrays.sort(heap);
        return descending(heap);
    }

    /** Indices with at least this value, largest first. */
    static int[] atLeast(float[] x, float least) {
        int count = 0;
        for (int i = 0; i < x.length; i++) {
            count += x[i] >= least ? 1 : 0;
        }
        long[] keys = new long[count];
        for (int i = 0, at = 0; i < x.length; i++) {
            if (x[i] >= least) {
                keys[at++] = key(x[i], i);
            }
        }
        Arrays.sort(keys);
        return descending(keys);
    }

    private static int[] descending(long[] keys) {
        int[] indices = new int[keys.length];
        for (int i = 0; i < keys.length; i++) {
            indices[i] = ~(int) keys[keys.length - 1 - i];
        }
        return indices;
    }

    /** A sorted array is a heap; the smallest gives way and its successor sinks to its place. */
    private static void replaceSmallest(long[] heap, long key) {
        int at = 0;
        for (int child = 1; child < heap.length; child = 2 * at + 1) {
            if (child + 1 < heap.length && heap[child + 1] < heap[child]) {
                child++;
            }
            if (heap[child] >= key) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = key;
    }

    /** Orders by value, then the lower index as the larger: the bits of floats are in the order of their values but for the sign. */
    private static long key(float value, int index) {
        int bits = Float.floatToRawIntBits(value + 0f);
        int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
        return ((long) ordered << 32) | (~index & 0xFFFFFFFFL);
    }

    private static float value(long key) {
        int ordered = (int) (key >> 32);
        return Float.intBitsToFloat(ordered ^ ((ordered >> 31) & Integer.MAX_VALUE));
    }
}
