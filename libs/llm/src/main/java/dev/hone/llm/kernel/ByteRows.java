package dev.hone.llm.kernel;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Activations as bytes for integer products, row by row: a value is an integer X times a scale. With two planes X has 16 bits and
 * its row's scale is max|x| / 32767; the bytes of X + 32768 are stored, the higher ones in the first plane: twice the digits of
 * bf16. With one plane X has 8 bits, the scale is max|x| / 127 of the row, or of a unit of columns, and X + 128 is stored. Planes of
 * a row lie one after the other, {@link #stride} bytes apart. For one multiplication at a time.
 */
final class ByteRows {
    /** What X may be. */
    enum Kind {
        SIXTEEN_BITS(2, 32768), EIGHT_BITS(1, 128), EIGHT_BITS_BY_UNIT(1, 128);

        final int planes;
        /** What is added to X. */
        final int offset;

        Kind(int planes, int offset) {
            this.planes = planes;
            this.offset = offset;
        }
    }

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    /** Adding and taking away 1.5 · 2^23 rounds to the nearest integer, ties to the even one, as rint does. */
    private static final float TO_INTEGER = 0x1.8p23f;
    /** Rows a power of two apart would share few places of a cache. */
    private static final int APART = 64;

    private final Kind kind;
    private byte[] bytes = {};
    private int columns;
    private int unit;
    private int units;
    private int stride;
    private float[] scales = {};
    private int[] sums = {};

    ByteRows(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    int stride() {
        return stride;
    }

    byte[] bytes() {
        return bytes;
    }

    /** X of the only plane. */
    int value(int row, int column) {
        return (bytes[row * stride + column] & 0xFF) - kind.offset;
    }

    /** Of a row's unit; of all the row where units share it. */
    float scale(int row, int number) {
        return scales[row * units + number];
    }

    /** [rows, units] of {@link #scale}. */
    float[] scales() {
        return scales;
    }

    /** [rows, units], Σ X over each unit of columns. */
    int[] sums() {
        return sums;
    }

    /**
     * @param padded columns with those of zeros that make blocks full: their X is 0
     * @param unit columns that {@link #sum} adds up, and that may share a scale; divides the columns
     */
    void take(float[] x, int rows, int columns, int padded, int unit, WorkTeam team) {
        reserve(rows, columns, padded, unit);
        int parts = Math.min(rows, 4 * team.threads());
        team.run(parts, part -> {
            int[] integers = new int[columns];
            for (int row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                round(x, row, integers);
                split(row, integers, padded);
            }
        });
    }

    private void reserve(int rows, int columns, int padded, int unit) {
        this.columns = columns;
        this.unit = unit;
        this.units = columns / unit;
        this.stride = Math.ceilDiv(padded, APART) * APART + APART;
        int needed = Math.multiplyExact(rows * kind.planes + Blocks.SPARE, stride);
        if (bytes.length < needed) {
            bytes = new byte[needed];
        }
        if (scales.length < rows * units) {
            scales = new float[rows * units];
            sums = new int[rows * units];
        }
    }

    private void round(float[] x, int row, int[] into) {
        float ofRow = kind == Kind.EIGHT_BITS_BY_UNIT ? 0 : most(x, row * columns, columns) / (kind.offset - 1);
        for (int number = 0; number < units; number++) {
            int from = row * columns + number * unit;
            float scale = kind == Kind.EIGHT_BITS_BY_UNIT ? most(x, from, unit) / (kind.offset - 1) : ofRow;
            scales[row * units + number] = scale;
            sums[row * units + number] = round(x, from, scale == 0 ? 1 : scale, unit, into, number * unit);
        }
    }

    private static int round(float[] x, int from, float divisor, int count, int[] into, int at) {
        IntVector sum = IntVector.zero(IntVector.SPECIES_PREFERRED);
        int i = 0;
        for (; i + FLOATS.length() <= count; i += FLOATS.length()) {
            FloatVector rounded = FloatVector.fromArray(FLOATS, x, from + i).div(divisor).add(TO_INTEGER).sub(TO_INTEGER);
            IntVector integers = (IntVector) rounded.convertShape(VectorOperators.F2I, IntVector.SPECIES_PREFERRED, 0);
            integers.intoArray(into, at + i);
            sum = sum.add(integers);
        }
        int total = sum.reduceLanes(VectorOperators.ADD);
        for (; i < count; i++) {
            into[at + i] = (int) (x[from + i] / divisor + TO_INTEGER - TO_INTEGER);
            total += into[at + i];
        }
        return total;
    }

    private static float most(float[] x, int from, int count) {
        FloatVector most = FloatVector.zero(FLOATS);
        int i = 0;
        for (; i + FLOATS.length() <= count; i += FLOATS.length()) {
            most = most.max(FloatVector.fromArray(FLOATS, x, from + i).abs());
        }
        float largest = most.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            largest = Math.max(largest, Math.abs(x[from + i]));
        }
        return largest;
    }

    private void split(int row, int[] integers, int padded) {
        int first = row * kind.planes * stride;
        Arrays.fill(bytes, first + columns, first + padded, (byte) 128);
        if (kind.planes == 1) {
            for (int i = 0; i < columns; i++) {
                bytes[first + i] = (byte) (integers[i] + 128);
            }
            return;
        }
        int second = first + stride;
        Arrays.fill(bytes, second + columns, second + padded, (byte) 0);
        for (int i = 0; i < columns; i++) {
            bytes[first + i] = (byte) (integers[i] + 32768 >> 8);
        }
        for (int i = 0; i < columns; i++) {
            bytes[second + i] = (byte) integers[i];
        }
    }
}
