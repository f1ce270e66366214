package dev.hone.llm.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Block products with the vector instructions that every processor has. A lane is a column of B. */
final class VectorUnit implements Blocks {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = INTS.length();
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE);

    @Override
    public void bytes(int m, int n, int k, int lda, MemorySegment a, MemorySegment b, MemorySegment c) {
        for (int column = 0; column < n; column += LANES) {
            int row = 0;
            for (; row + 2 <= m; row += 2) {
                twoRows(row, column, n, k, lda, a, b, c);
            }
            if (row < m) {
                oneRow(row, column, n, k, lda, a, b, c);
            }
        }
    }

    private static IntVector codes(IntVector four, int left) {
        return four.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24);
    }

    private static void oneRow(int row, int column, int n, int k, int lda, MemorySegment a, MemorySegment b, MemorySegment c) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < k; i += 4) {
            IntVector four = IntVector.fromMemorySegment(INTS, b, (long) i * n + 4L * column, LITTLE);
            int x = a.get(INT, (long) row * lda + i);
            sum = sum.add(codes(four, 24).mul(x & 0xFF)).add(codes(four, 16).mul(x >>> 8 & 0xFF)).add(codes(four, 8).mul(x >>> 16 & 0xFF)).add(codes(four, 0).mul(x >>> 24));
        }
        sum.intoMemorySegment(c, 4L * (row * n + column), LITTLE);
    }

    /** Two rows share the unpacking of B: as a rule the two bytes of one activation. */
    private static void twoRows(int row, int column, int n, int k, int lda, MemorySegment a, MemorySegment b, MemorySegment c) {
        IntVector sum = IntVector.zero(INTS);
        IntVector next = IntVector.zero(INTS);
        for (int i = 0; i < k; i += 4) {
            IntVector four = IntVector.fromMemorySegment(INTS, b, (long) i * n + 4L * column, LITTLE);
            int x = a.get(INT, (long) row * lda + i);
            int y = a.get(INT, (long) (row + 1) * lda + i);
            IntVector w = codes(four, 24);
            sum = sum.add(w.mul(x & 0xFF));
            next = next.add(w.mul(y & 0xFF));
            w = codes(four, 16);
            sum = sum.add(w.mul(x >>> 8 & 0xFF));
            next = next.add(w.mul(y >>> 8 & 0xFF));
            w = codes(four, 8);
            sum = sum.add(w.mul(x >>> 16 & 0xFF));
            next = next.add(w.mul(y >>> 16 & 0xFF));
            w = codes(four, 0);
            sum = sum.add(w.mul(x >>> 24));
            next = next.add(w.mul(y >>> 24));
        }
        sum.intoMemorySegment(c, 4L * (row * n + column), LITTLE);
        next.intoMemorySegment(c, 4L * ((row + 1) * n + column), LITTLE);
    }

    @Override
    public void bf16(int m, int n, int k, int lda, MemorySegment a, MemorySegment b, MemorySegment c) {
        for (int column = 0; column < n; column += LANES) {
            for (int row = 0; row < m; row++) {
                halves(row, column, n, k, lda, a, b, c);
            }
        }
    }

    private static void halves(int row, int column, int n, int k, int lda, MemorySegment a, MemorySegment b, MemorySegment c) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < k; i += 2) {
            IntVector pair = IntVector.fromMemorySegment(INTS, b, 2L * i * n + 4L * column, LITTLE);
            int x = a.get(INT, 2L * ((long) row * lda + i));
            sum = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(x << 16)), sum);
            sum = pair.and(0xFFFF0000).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(x & 0xFFFF0000)), sum);
        }
        sum.intoMemorySegment(c, 4L * (row * n + column), LITTLE);
    }

    @Override
    public void done() {}
}
