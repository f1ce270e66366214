package dev.hone.llm.kernel;

import dev.hone.llm.rounding.Parallel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weights of four bits with a scale for each output and group of inputs: y = t · Σ_g s_g Σ (c − z_g) X, where the activation is
 * t · X ({@link ByteRows}). Sums within a group are of integers and exact; groups are added in f32, in their order.
 *
 * <p>What is stored of X is X + offset, so that the sum holds offset · Σ w more, which is known beforehand.
 */
final class Int4Matrix implements Matrix {
    private static final int WIDTH = Int4Layout.WIDTH;
    /** Rows of bytes multiplied at once: their sums stay in the nearest caches. */
    private static final int ROWS = 128;
    /** Rows of a tile of the matrix unit. Where activations fill fewer, several units are multiplied at once, each with rows of its own. */
    private static final int TILE = 16;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

    private final Arena arena = Arena.ofShared();
    private final int outputs;
    private final int inputs;
    private final int planes;
    private final Int4Layout weights;
    private final float[] sums;

    Int4Matrix(IntegerRows rows, int planes) {
        this.outputs = rows.rows();
        this.inputs = rows.columns();
        this.planes = planes;
        this.weights = new Int4Layout(arena, rows);
        this.sums = new float[weights.blocks * WIDTH];
        Parallel.rows(weights.blocks, block -> weights.pack(rows, block, sums));
    }

    static boolean holds(IntegerRows rows) {
        return rows.columns() % rows.group() == 0 && Int4Layout.unit(rows.group()) > 0;
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
        return weights.bytes() + 4L * sums.length;
    }

    @Override
    public void multiply(float[] x, int rows, float[] y, WorkTeam team) {
        ByteRows taken = Scratch.mine().activations(planes);
        taken.take(x, rows, inputs, inputs, weights.unit, team);
        int together = Math.max(1, Math.min(weights.units, Integer.highestOneBit(Math.max(1, TILE / (rows * planes)))));
        MemorySegment spread = together == 1 ? null : spread(taken, rows, together);
        team.run(weights.blocks, block -> {
            float[] y64 = Scratch.mine().sums(rows * WIDTH);
            Arrays.fill(y64, 0, rows * WIDTH, 0);
            if (together == 1) {
                manyRows(taken, rows, block, y64);
            } else {
                fewRows(taken, spread, rows, together, block, y64);
            }
            Blocks.BEST.done();
            finish(taken, rows, block, y64, y);
        });
    }

    /**
     * Activations for {@code together} units at once: [units / together, together · rows · planes, together · unit], each unit's
     * columns in rows of its own, zero elsewhere.
     */
    private MemorySegment spread(ByteRows taken, int rows, int together) {
        int width = together * weights.unit;
        int height = rows * planes;
        long size = (long) together * height * width;
        int chunks = Math.ceilDiv(weights.units, together);
        MemorySegment spread = Scratch.mine().spread(chunks * size);
        spread.asSlice(0, chunks * size).fill((byte) 0);
        for (int number = 0; number < weights.units; number++) {
            int j = number % together;
            for (int row = 0; row < height; row++) {
                MemorySegment.copy(taken.bytes(), ValueLayout.JAVA_BYTE, (long) row * taken.stride() + number * weights.unit,
                        spread, ValueLayout.JAVA_BYTE, number / together * size + (long) (j * height + row) * width + j * weights.unit, weights.unit);
            }
        }
        return spread;
    }

    private void fewRows(ByteRows taken, MemorySegment spread, int rows, int together, int block, float[] y64) {
        Scratch scratch = Scratch.mine();
        int width = together * weights.unit;
        int height = together * rows * planes;
        MemorySegment codes = scratch.weights((long) width * WIDTH);
        MemorySegment products = scratch.products(4L * height * WIDTH);
        for (int first = 0; first < weights.units; first += together) {
            int count = Math.min(together, weights.units - first);
            for (int j = 0; j < count; j++) {
                weights.unpack(block, first + j, codes, (long) j * weights.unit * WIDTH);
            }
            MemorySegment some = spread.asSlice((long) (first / together) * height * width);
            Blocks.BEST.bytes(count * rows * planes, WIDTH, count * weights.unit, width, some, codes, products);
            for (int j = 0; j < count; j++) {
                add(taken, 0, rows, block, first + j, products, j * rows * planes, y64);
            }
        }
    }

    private void manyRows(ByteRows taken, int rows, int block, float[] y64) {
        Scratch scratch = Scratch.mine();
        MemorySegment codes = scratch.weights((long) weights.unit * WIDTH);
        MemorySegment products = scratch.products(4L * ROWS * WIDTH);
        for (int number = 0; number < weights.units; number++) {
            weights.unpack(block, number, codes, 0);
            for (int first = 0; first < rows; first += ROWS / planes) {
                int count = Math.min(ROWS / planes, rows - first);
                MemorySegment some = taken.bytes().asSlice((long) first * planes * taken.stride() + number * weights.unit);
                Blocks.BEST.bytes(count * planes, WIDTH, weights.unit, taken.stride(), some, codes, products);
                add(taken, first, count, block, number, products, 0, y64);
            }
        }
    }

    /** Adds a unit's products of some rows, scaled. @param at of the first of them in {@code products} */
    private void add(ByteRows taken, int first, int rows, int block, int number, MemorySegment products, int at, float[] y64) {
        for (int j = 0; j < WIDTH; j += FLOATS.length()) {
            FloatVector scale = weights.scales(block, number, j, FLOATS);
            if (weights.symmetric()) {
                symmetric(taken, first, rows, number, products, at, j, scale, y64);
            } else {
                asymmetric(taken, first, rows, number, products, at, j, scale, weights.zeros(block, number, j), y64);
            }
        }
    }

    private void symmetric(ByteRows taken, int first, int rows, int number, MemorySegment products, int at, int j, FloatVector scale, float[] y64) {
        for (int row = first; row < first + rows; row++) {
            IntVector sum = sum(products, at + (row - first) * planes, j).sub(taken.sum(row, number) << 3);
            add(sum, scale, y64, row * WIDTH + j);
        }
    }

    private void asymmetric(ByteRows taken, int first, int rows, int number, MemorySegment products, int at, int j, FloatVector scale, IntVector zeros, float[] y64) {
        for (int row = first; row < first + rows; row++) {
            IntVector sum = sum(products, at + (row - first) * planes, j).sub(zeros.mul(taken.sum(row, number)));
            add(sum, scale, y64, row * WIDTH + j);
        }
    }

    private static void add(IntVector sum, FloatVector scale, float[] y64, int at) {
        ((FloatVector) sum.convertShape(VectorOperators.I2F, FLOATS, 0)).fma(scale, FloatVector.fromArray(FLOATS, y64, at)).intoArray(y64, at);
    }

    private IntVector sum(MemorySegment products, int row, int j) {
        IntVector high = IntVector.fromMemorySegment(INTS, products, 4L * (row * WIDTH + j), LITTLE);
        if (planes == 1) {
            return high;
        }
        return high.lanewise(VectorOperators.LSHL, 8).add(IntVector.fromMemorySegment(INTS, products, 4L * ((row + 1) * WIDTH + j), LITTLE));
    }

    private void finish(ByteRows taken, int rows, int block, float[] y64, float[] y) {
        int first = block * WIDTH;
        int count = Math.min(WIDTH, outputs - first);
        for (int row = 0; row < rows; row++) {
            float scale = taken.scale(row);
            for (int j = 0; j < count; j++) {
                y[row * outputs + first + j] = (y64[row * WIDTH + j] - taken.offset() * sums[first + j]) * scale;
            }
        }
    }

    @Override
    public void row(int output, float[] into, int at) {
        for (int i = 0; i < inputs; i++) {
            into[at + i] = weights.value(output, i);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
