package dev.hone.llm.kernel;

import java.util.EnumMap;
import java.util.Map;

/**
 * A thread's memory for what block products read and write; it grows and is kept. On the heap, because vectors are read from arrays
 * several times as fast as from other memory.
 */
final class Scratch {
    private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);

    private final Map<ByteRows.Kind, ByteRows> activations = new EnumMap<>(ByteRows.Kind.class);
    private short[] halves = {};
    private byte[] spread = {};
    private int[] single = {};
    private int[] weights = {};
    private int[] products = {};
    private float[] floats = {};
    private float[] sums = {};
    /** Of one unit of 64 outputs: scales, zero points, what the codes add up to. */
    final float[] scales = new float[64];
    final int[] zeros = new int[64];
    final int[] totals = new int[64];

    private Scratch() {}

    static Scratch mine() {
        return MINE.get();
    }

    ByteRows activations(ByteRows.Kind kind) {
        return activations.computeIfAbsent(kind, ByteRows::new);
    }

    short[] halves(int count) {
        halves = halves.length < count ? new short[count] : halves;
        return halves;
    }

    byte[] spread(int count) {
        spread = spread.length < count ? new byte[count] : spread;
        return spread;
    }

    int[] single(int count) {
        single = single.length < count ? new int[count] : single;
        return single;
    }

    int[] weights(int count) {
        weights = weights.length < count ? new int[count] : weights;
        return weights;
    }

    int[] products(int count) {
        products = products.length < count ? new int[count] : products;
        return products;
    }

    float[] floats(int count) {
        floats = floats.length < count ? new float[count] : floats;
        return floats;
    }

    float[] sums(int count) {
        sums = sums.length < count ? new float[count] : sums;
        return sums;
    }
}
