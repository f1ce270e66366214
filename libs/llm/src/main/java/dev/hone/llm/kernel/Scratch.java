package dev.hone.llm.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A thread's memory for what a block product reads and writes; it grows and is kept. */
final class Scratch {
    private static final ThreadLocal<Scratch> MINE = ThreadLocal.withInitial(Scratch::new);

    private MemorySegment products = MemorySegment.NULL;
    private MemorySegment weights = MemorySegment.NULL;
    private MemorySegment spread = MemorySegment.NULL;
    private MemorySegment halves = MemorySegment.NULL;
    private float[] sums = {};
    private final ByteRows bytes = new ByteRows(1);
    private final ByteRows pairs = new ByteRows(2);

    private Scratch() {}

    static Scratch mine() {
        return MINE.get();
    }

    MemorySegment products(long bytes) {
        products = atLeast(products, bytes);
        return products;
    }

    MemorySegment weights(long bytes) {
        weights = atLeast(weights, bytes);
        return weights;
    }

    MemorySegment spread(long bytes) {
        spread = atLeast(spread, bytes);
        return spread;
    }

    MemorySegment halves(long bytes) {
        halves = atLeast(halves, bytes);
        return halves;
    }

    ByteRows activations(int planes) {
        return planes == 1 ? bytes : pairs;
    }

    float[] sums(int count) {
        if (sums.length < count) {
            sums = new float[count];
        }
        return sums;
    }

    private static MemorySegment atLeast(MemorySegment memory, long bytes) {
        return memory.byteSize() >= bytes ? memory : Arena.ofAuto().allocate(bytes, 64);
    }
}
