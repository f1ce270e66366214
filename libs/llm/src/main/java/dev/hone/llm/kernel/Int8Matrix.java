package dev.hone.llm.kernel;

import dev.hone.llm.rounding.Parallel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weights of eight bits with a scale for each output: y = s · t · Σ (w − z) X, where s is the output's scale and z its zero
 * point, and the activation is t · X ({@link ByteRows}). The sums are of integers and exact, so that neither the kind of
 * processor nor the other rows show in them.
 *
 * <p>Packed as blocks of 64 outputs, each [in / 4, 64, 4] bytes.
 */
final class Int8Matrix implements Matrix {
    static final int WIDTH = 64;
    /** Rows of bytes multiplied at once: their sums stay in the nearest caches. */
    private static final int ROWS = 128;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final int outputs;
    private final int inputs;
    private final int padded;
    private final int blocks;
    private final ByteRows.Kind kind;
    private final MemorySegment codes;
    /** By output: the scale, the sum of the codes, the zero point. */
    private final float[] scales;
    private final int[] sums;
    private final float[] zeros;
    private final boolean symmetric;

    Int8Matrix(IntegerRows rows, ByteRows.Kind kind) {
        this.outputs = rows.rows();
        this.inputs = rows.columns();
        this.padded = Math.ceilDiv(inputs, 64) * 64;
        this.blocks = Math.ceilDiv(outputs, WIDTH);
        this.kind = kind;
        this.codes = WeightMemory.allocate(arena, (long) blocks * WIDTH * padded);
        this.scales = new float[blocks * WIDTH];
        this.sums = new int[blocks * WIDTH];
        this.zeros = new float[blocks * WIDTH];
        Parallel.rows(blocks, block -> pack(rows, block));
        boolean plain = true;
        for (float zero : zeros) {
            plain &= zero == 0;
        }
        this.symmetric = plain;
    }

    private void pack(IntegerRows rows, int block) {
        byte[] row = new byte[padded];
        byte[] codes = new byte[inputs];
        int[] packed = new int[WIDTH * padded / 4];
        for (int j = 0; j < WIDTH && block * WIDTH + j < outputs; j++) {
            int output = block * WIDTH + j;
            rows.codes(output, codes);
            System.arraycopy(codes, 0, row, 0, inputs);
            int sum = 0;
            for (int i = 0; i < padded; i += 4) {
                packed[i / 4 * WIDTH + j] = row[i] & 0xFF | (row[i + 1] & 0xFF) << 8 | (row[i + 2] & 0xFF) << 16 | row[i + 3] << 24;
                sum += row[i] + row[i + 1] + row[i + 2] + row[i + 3];
            }
            scales[output] = rows.scale(output, 0);
            zeros[output] = rows.zero(output, 0);
            sums[output] = sum;
        }
        MemorySegment.copy(packed, 0, codesOf(block), INT, 0, packed.length);
    }

    private MemorySegment codesOf(int block) {
        return codes.asSlice((long) block * WIDTH * padded, (long) WIDTH * padded);
    }

    @Override
    public int outputs() {
        return outputs;
    }

    @Override
    public int inputs() {
        return inputs;
    }

    @Override
    public long bytes() {
        return codes.byteSize() + 4L * (scales.length + sums.length + zeros.length);
    }

    @Override
    public void multiply(float[] x, int rows, float[] y, WorkTeam team) {
        ByteRows taken = Scratch.mine().activations(kind);
        taken.take(x, rows, inputs, padded, inputs, team);
        float[] totals = symmetric ? null : totals(taken, rows);
        team.run(blocks, block -> multiply(taken, totals, rows, block, y));
    }

    /** Σ X of each row. */
    private float[] totals(ByteRows taken, int rows) {
        float[] totals = new float[rows];
        for (int row = 0; row < rows; row++) {
            totals[row] = taken.sums()[row];
        }
        return totals;
    }

    private void multiply(ByteRows taken, float[] totals, int rows, int block, float[] y) {
        MemorySegment weights = codesOf(block);
        int[] products = Scratch.mine().products(ROWS * WIDTH);
        for (int first = 0; first < rows; first += ROWS / kind.planes) {
            int count = Math.min(ROWS / kind.planes, rows - first);
            Blocks.BEST.bytes(Blocks.BEST.rows(count * kind.planes), WIDTH, padded, taken.stride(), taken.bytes(), first * kind.planes * taken.stride(), weights, products);
            for (int row = first; row < first + count; row++) {
                finish(products, (row - first) * kind.planes, taken.scale(row, 0), totals == null ? 0 : totals[row], block, y, row);
            }
        }
        Blocks.BEST.done();
    }

    /** @param at of the row's first plane in the products */
    private void finish(int[] products, int at, float scale, float total, int block, float[] y, int row) {
        int first = block * WIDTH;
        float[] sums64 = Scratch.mine().sums(WIDTH);
        if (kind == ByteRows.Kind.SIXTEEN_BITS) {
            sixteenBits(products, at * WIDTH, sums, first, sums64);
        } else {
            eightBits(products, at * WIDTH, sums, first, sums64);
        }
        if (!symmetric) {
            lessZeros(zeros, first, total, sums64);
        }
        scale(sums64, scale, scales, first);
        System.arraycopy(sums64, 0, y, row * outputs + first, Math.min(WIDTH, outputs - first));
    }

    /** Σ w X. The higher byte was stored with 128 added. */
    private static void sixteenBits(int[] products, int at, int[] sums, int first, float[] into) {
        for (int j = 0; j < WIDTH; j += INTS.length()) {
            IntVector high = IntVector.fromArray(INTS, products, at + j).sub(IntVector.fromArray(INTS, sums, first + j).lanewise(VectorOperators.LSHL, 7));
            FloatVector low = (FloatVector) IntVector.fromArray(INTS, products, at + WIDTH + j).convertShape(VectorOperators.I2F, FLOATS, 0);
            ((FloatVector) high.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(FloatVector.broadcast(FLOATS, 256), low).intoArray(into, j);
        }
    }

    private static void eightBits(int[] products, int at, int[] sums, int first, float[] into) {
        for (int j = 0; j < WIDTH; j += INTS.length()) {
            IntVector exact = IntVector.fromArray(INTS, products, at + j).sub(IntVector.fromArray(INTS, sums, first + j).lanewise(VectorOperators.LSHL, 7));
            ((FloatVector) exact.convertShape(VectorOperators.I2F, FLOATS, 0)).intoArray(into, j);
        }
    }

    private static void lessZeros(float[] zeros, int first, float total, float[] sums64) {
        for (int j = 0; j < WIDTH; j += FLOATS.length()) {
            FloatVector.fromArray(FLOATS, zeros, first + j).fma(FloatVector.broadcast(FLOATS, -total), FloatVector.fromArray(FLOATS, sums64, j)).intoArray(sums64, j);
        }
    }

    private static void scale(float[] sums64, float scale, float[] scales, int first) {
        for (int j = 0; j < WIDTH; j += FLOATS.length()) {
            FloatVector.fromArray(FLOATS, sums64, j).mul(scale).mul(FloatVector.fromArray(FLOATS, scales, first + j)).intoArray(sums64, j);
        }
    }

    @Override
    public void row(int output, float[] into, int at) {
        long first = (long) (output / WIDTH) * WIDTH * padded + 4L * (output % WIDTH);
        for (int i = 0; i < inputs; i++) {
            into[at + i] = scales[output] * (codes.get(ValueLayout.JAVA_BYTE, first + (long) (i / 4) * WIDTH * 4 + i % 4) - zeros[output]);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
