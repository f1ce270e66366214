package dev.hone.llm.kernel;

import dev.hone.llm.bridge.MicroKernel;
import java.lang.foreign.MemorySegment;

/**
 * Products of small blocks over memory laid out for matrix units: B is [k / p, n, p], p values of the inner dimension side by
 * side, 4 bytes or 2 of bf16. Row m of C depends on row m of A alone.
 */
interface Blocks {
    /** The processor's matrix unit where there is one, vectors elsewhere; sums of integers are the same. */
    Blocks BEST = MicroKernel.found().<Blocks>map(MatrixUnit::new).orElseGet(VectorUnit::new);

    /** Rows more than wanted that may be multiplied. */
    int SPARE = 16;

    /** C [m, n] s32 = A [m, k] u8, from {@code at} on, rows {@code lda} bytes apart, times B s8. k is a multiple of 4, n of 16. */
    void bytes(int m, int n, int k, int lda, byte[] a, int at, MemorySegment b, int[] c);

    /** C [m, n] f32 = A [m, k] bf16, from {@code at} on, rows {@code lda} elements apart, times B bf16. k is a multiple of 2, n of 16. */
    void bf16(int m, int n, int k, int lda, short[] a, int at, MemorySegment b, float[] c);

    /**
     * Rows to be multiplied where {@code m} are wanted, at most {@link #SPARE} more: a unit that makes code for each number of rows is asked
     * for few of them. The rows that nobody wants must lie within A and C, whatever they hold.
     */
    int rows(int m);

    /** To be called by a thread after its last product. */
    void done();

    /** AMX by way of the engine. */
    record MatrixUnit(MicroKernel kernel) implements Blocks {
        @Override
        public void bytes(int m, int n, int k, int lda, byte[] a, int at, MemorySegment b, int[] c) {
            kernel.bytes(m, n, k, lda, n, n, MemorySegment.ofArray(a).asSlice(at), b, MemorySegment.ofArray(c));
        }

        @Override
        public void bf16(int m, int n, int k, int lda, short[] a, int at, MemorySegment b, float[] c) {
            kernel.bf16(m, n, k, lda, n, n, MemorySegment.ofArray(a).asSlice(2L * at), b, MemorySegment.ofArray(c));
        }

        @Override
        public int rows(int m) {
            return m <= SPARE ? Math.max(2, Integer.highestOneBit(2 * m - 1)) : Math.ceilDiv(m, SPARE) * SPARE;
        }

        @Override
        public void done() {
            kernel.release();
        }
    }
}
