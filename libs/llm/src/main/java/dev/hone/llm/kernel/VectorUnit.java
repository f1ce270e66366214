package dev.hone.llm.kernel;

import java.lang.foreign.MemorySegment;
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

    @Override
    public void bytes(int m, int n, int k, int lda, byte[] a, int at, MemorySegment b, int[] c) {
        for (int column = 0; column < n; column += LANES) {
            int row = 0;
            for (; row + 2 <= m; row += 2) {
                twoRows(column, n, k, a, at + row * lda, at + (row + 1) * lda, b, c, row * n + column);
            }
            if (row < m) {
                oneRow(column, n, k, a, at + row * lda, b, c, row * n + column);
            }
        }
    }

    private static IntVector codes(IntVector four, int left) {
        return four.lanewise(VectorOperators.LSHL, left).lanewise(VectorOperators.ASHR, 24);
    }

    private static void oneRow(int column, int n, int k, byte[] a, int at, MemorySegment b, int[] c, int to) {
        IntVector sum = IntVector.zero(INTS);
        for (int i = 0; i < k; i += 4) {
            IntVector four = IntVector.fromMemorySegment(INTS, b, (long) i * n + 4L * column, LITTLE);
            sum = sum.add(codes(four, 24).mul(a[at + i] & 0xFF)).add(codes(four, 16).mul(a[at + i + 1] & 0xFF))
                    .add(codes(four, 8).mul(a[at + i + 2] & 0xFF)).add(codes(four, 0).mul(a[at + i + 3] & 0xFF));
        }
        sum.intoArray(c, to);
    }

    /** Two rows share the unpacking of B: as a rule the two bytes of one activation. */
    private static void twoRows(int column, int n, int k, byte[] a, int at, int next, MemorySegment b, int[] c, int to) {
        IntVector sum = IntVector.zero(INTS);
        IntVector other = IntVector.zero(INTS);
        for (int i = 0; i < k; i += 4) {
            IntVector four = IntVector.fromMemorySegment(INTS, b, (long) i * n + 4L * column, LITTLE);
            IntVector w = codes(four, 24);
            sum = sum.add(w.mul(a[at + i] & 0xFF));
            other = other.add(w.mul(a[next + i] & 0xFF));
            w = codes(four, 16);
            sum = sum.add(w.mul(a[at + i + 1] & 0xFF));
            other = other.add(w.mul(a[next + i + 1] & 0xFF));
            w = codes(four, 8);
            sum = sum.add(w.mul(a[at + i + 2] & 0xFF));
            other = other.add(w.mul(a[next + i + 2] & 0xFF));
            w = codes(four, 0);
            sum = sum.add(w.mul(a[at + i + 3] & 0xFF));
            other = other.add(w.mul(a[next + i + 3] & 0xFF));
        }
        sum.intoArray(c, to);
        other.intoArray(c, to + n);
    }

    @Override
    public void bf16(int m, int n, int k, int lda, short[] a, int at, MemorySegment b, float[] c) {
        for (int column = 0; column < n; column += LANES) {
            for (int row = 0; row < m; row++) {
                halves(column, n, k, a, at + row * lda, b, c, row * n + column);
            }
        }
    }

    private static void halves(int column, int n, int k, short[] a, int at, MemorySegment b, float[] c, int to) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int i = 0; i < k; i += 2) {
            IntVector pair = IntVector.fromMemorySegment(INTS, b, 2L * i * n + 4L * column, LITTLE);
            sum = pair.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(a[at + i] << 16)), sum);
            sum = pair.and(0xFFFF0000).reinterpretAsFloats().fma(FloatVector.broadcast(FLOATS, Float.intBitsToFloat(a[at + i + 1] << 16)), sum);
        }
        sum.intoArray(c, to);
    }

    @Override
    public int rows(int m) {
        return m;
    }

    @Override
    public void done() {}
}
