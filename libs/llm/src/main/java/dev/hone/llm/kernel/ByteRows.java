package dev.hone.llm.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Activations as bytes for integer products, row by row. With two planes a value is an integer X of 16 bits times its row's
 * scale max|x| / 32767, stored as the bytes of X + 32768, the higher in the first plane: twice the digits of bf16, and exact
 * sums. With one plane X has 8 bits, the scale is max|x| / 127 as in models whose activations are rounded, and X + 128 is stored.
 * Planes of a row lie one after the other, {@link #stride} bytes apart. For one multiplication at a time.
 */
final class ByteRows {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    /** Adding and taking away 1.5 · 2^23 rounds to the nearest integer, ties to the even one, as rint does. */
    private static final float TO_INTEGER = 0x1.8p23f;
    /** Rows a power of two apart would share few places of a cache. */
    private static final int APART = 64;

    private final int planes;
    private final int offset;
    private final float largest;
    private Arena arena = Arena.ofAuto();
    private MemorySegment bytes = MemorySegment.NULL;
    private int columns;
    private int unit;
    private int units;
    private int stride;
    private float[] scales = {};
    private int[] sums = {};

    /** @param planes 2, or 1 for activations of 8 bits */
    ByteRows(int planes) {
        this.planes = planes;
        this.offset = planes == 2 ? 32768 : 128;
        this.largest = planes == 2 ? 32767 : 127;
    }

    int planes() {
        return planes;
    }

    /** What was added to X. */
    int offset() {
        return offset;
    }

    int stride() {
        return stride;
    }

    MemorySegment bytes() {
        return bytes;
    }

    float scale(int row) {
        return scales[row];
    }

    /**
     * @param padded columns with those of zeros that make blocks full: their X is 0
     * @param unit columns that {@link #sum} adds up
     */
    void take(float[] x, int rows, int columns, int padded, int unit, WorkTeam team) {
        reserve(rows, columns, padded, unit);
        int parts = Math.min(rows, 4 * team.threads());
        team.run(parts, part -> {
            int[] integers = new int[columns];
            for (int row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                round(x, row, integers);
                split(row, integers, padded);
                addUp(row, integers);
            }
        });
    }

    private void reserve(int rows, int columns, int padded, int unit) {
        this.columns = columns;
        this.unit = unit;
        this.units = columns / unit;
        this.stride = Math.ceilDiv(padded, APART) * APART + APART;
        long needed = (long) rows * planes * stride;
        if (bytes.byteSize() < needed) {
            arena = Arena.ofAuto();
            bytes = arena.allocate(needed, 64);
        }
        if (scales.length < rows) {
            scales = new float[rows];
        }
        if (sums.length < rows * units) {
            sums = new int[rows * units];
        }
    }

    private void round(float[] x, int row, int[] into) {
        int from = row * columns;
        float scale = most(x, from, columns) / largest;
        float divisor = scale == 0 ? 1 : scale;
        scales[row] = scale;
        int i = 0;
        for (; i + FLOATS.length() <= columns; i += FLOATS.length()) {
            FloatVector rounded = FloatVector.fromArray(FLOATS, x, from + i).div(divisor).add(TO_INTEGER).sub(TO_INTEGER);
            rounded.convertShape(VectorOperators.F2I, IntVector.SPECIES_PREFERRED, 0).reinterpretAsInts().intoArray(into, i);
        }
        for (; i < columns; i++) {
            into[i] = (int) (x[from + i] / divisor + TO_INTEGER - TO_INTEGER);
        }
    }

    private static float most(float[] x, int from, int columns) {
        FloatVector most = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + FLOATS.length() <= columns; i += FLOATS.length()) {
            most = most.max(FloatVector.fromArray(FLOATS, x, from + i).abs());
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (; i < columns; i++) {
            largest = Math.max(largest, Math.abs(x[from + i]));
        }
        return largest;
    }

    private void split(int row, int[] integers, int padded) {
        long first = (long) row * planes * stride;
        long second = first + stride;
        byte[] high = new byte[padded];
        byte[] low = new byte[planes == 2 ? padded : 0];
        Arrays.fill(high, columns, padded, (byte) 128);
        if (planes == 1) {
            for (int i = 0; i < columns; i++) {
                high[i] = (byte) (integers[i] + 128);
            }
        } else {
            for (int i = 0; i < columns; i++) {
                int shifted = integers[i] + 32768;
                high[i] = (byte) (shifted >> 8);
                low[i] = (byte) shifted;
            }
            MemorySegment.copy(low, 0, bytes, ValueLayout.JAVA_BYTE, second, padded);
        }
        MemorySegment.copy(high, 0, bytes, ValueLayout.JAVA_BYTE, first, padded);
    }

    private void addUp(int row, int[] integers) {
        for (int number = 0; number < units; number++) {
            int sum = offset * unit;
            for (int i = number * unit; i < (number + 1) * unit; i++) {
                sum += integers[i];
            }
            sums[row * units + number] = sum;
        }
    }

    /** Σ (X + offset) of a row over one unit of columns. */
    int sum(int row, int number) {
        return sums[row * units + number];
    }
}
