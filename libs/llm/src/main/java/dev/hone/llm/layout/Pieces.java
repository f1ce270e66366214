package dev.hone.llm.layout;

import dev.hone.llm.format.TensorInfo;

/** A tensor's values, some at a time. */
final class Pieces {
    private static final int MOST = 1 << 20;

    private Pieces() {}

    /** What is done with the elements from {@code first} on; the array is used again for the next ones. */
    interface Work {
        void piece(long first, float[] values);
    }

    static void of(TensorInfo info, Work work) {
        float[] values = new float[0];
        for (long first = 0; first < info.elements(); first += values.length) {
            int count = (int) Math.min(MOST, info.elements() - first);
            values = values.length == count ? values : new float[count];
            work.piece(first, values);
        }
    }
}
