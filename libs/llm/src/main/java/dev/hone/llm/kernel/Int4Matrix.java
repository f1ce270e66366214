package dev.hone.llm.kernel;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weights of four bits with a scale for each output and group of inputs: y = Σ_g s_g t_g Σ (c − z_g) X, where the activation is
 * t_g · X ({@link ByteRows}). Sums within a group are of integers and exact; groups are added in f32, in their order.
 */
final class Int4Matrix implements Matrix {
    private static final int WIDTH = Int4Layout.WIDTH;
    /** Rows of bytes multiplied at once: their sums stay in the nearest caches. */
    private static final int ROWS = 128;
    /** Rows of a tile of the matrix unit. Where activations fill fewer, several units are multiplied at once, each with rows of its own. */
    private static final int TILE = 16;
    private static final int LARGEST_DEPTH = 256;
    /** So few rows are multiplied one after the other without the matrix unit, which the unpacking of weights would keep waiting. */
    private static final int ROWS_ALONE = 2;

    private static final int[] NONE = new int[WIDTH];

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private final int outputs;
    private final int inputs;
    private final ByteRows.Kind kind;
    private final Int4Layout weights;

    Int4Matrix(IntegerRows rows, ByteRows.Kind kind) {
        this.outputs = rows.rows();
        this.inputs = rows.columns();
        this.kind = kind;
        this.weights = new Int4Layout(rows);
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
        return weights.bytes();
    }

    @Override
    public void multiply(float[] x, int rows, float[] y, WorkTeam team) {
        ByteRows taken = Scratch.mine().activations(kind);
        taken.take(x, rows, inputs, inputs, weights.unit, team);
        int together = together(rows);
        byte[] spread = rows > ROWS_ALONE && together > 1 ? spread(taken, rows, together) : null;
        int[] single = rows > ROWS_ALONE ? null : single(taken, rows);
        team.run(weights.blocks, block -> {
            float[] y64 = Scratch.mine().sums(rows * WIDTH);
            Arrays.fill(y64, 0, rows * WIDTH, 0);
            if (single != null) {
                rowByRow(taken, single, rows, block, y64);
            } else if (spread != null) {
                fewRows(taken, spread, rows, together, block, y64);
            } else {
                manyRows(taken, rows, block, y64);
            }
            Blocks.BEST.done();
            finish(rows, block, y64, y);
        });
    }

    /** Units that fill the rows and the depth of two tiles. */
    private int together(int rows) {
        int fitting = Math.min(2 * TILE / rows, LARGEST_DEPTH / weights.unit);
        return Math.max(1, Math.min(weights.units, Integer.highestOneBit(Math.max(1, fitting))));
    }

    private int[] single(ByteRows taken, int rows) {
        int[] single = Scratch.mine().single(rows * inputs / 2);
        for (int row = 0; row < rows; row++) {
            Int4Row.spread(taken, row, inputs, single, row * inputs / 2);
        }
        return single;
    }

    private void rowByRow(ByteRows taken, int[] single, int rows, int block, float[] y64) {
        Scratch scratch = Scratch.mine();
        int[] products = scratch.products(rows * WIDTH);
        for (int number = 0; number < weights.units; number++) {
            for (int row = 0; row < rows; row++) {
                Int4Row.products(weights.memory(), weights.at(block, number), weights.unit, single, (row * inputs + number * weights.unit) / 2, taken.sums()[row * weights.units + number], products, row * WIDTH);
            }
            add(taken, 0, rows, block, number, products, 0, NONE, y64);
        }
    }

    /**
     * Activations for {@code together} units at once: [units / together, together · rows, together · unit], each unit's
     * columns in rows of its own, zero elsewhere.
     */
    private byte[] spread(ByteRows taken, int rows, int together) {
        int width = together * weights.unit;
        int height = rows;
        int size = together * height * width;
        int chunks = Math.ceilDiv(weights.units, together);
        byte[] spread = Scratch.mine().spread(chunks * size + Blocks.SPARE * width);
        Arrays.fill(spread, 0, chunks * size, (byte) 0);
        for (int number = 0; number < weights.units; number++) {
            int j = number % together;
            for (int row = 0; row < height; row++) {
                System.arraycopy(taken.bytes(), row * taken.stride() + number * weights.unit, spread, number / together * size + (j * height + row) * width + j * weights.unit, weights.unit);
            }
        }
        return spread;
    }

    private void fewRows(ByteRows taken, byte[] spread, int rows, int together, int block, float[] y64) {
        Scratch scratch = Scratch.mine();
        int width = together * weights.unit;
        int height = together * rows;
        int[] codes = scratch.weights(width * WIDTH / 4);
        int[] products = scratch.products((height + Blocks.SPARE) * WIDTH);
        for (int first = 0; first < weights.units; first += together) {
            int count = Math.min(together, weights.units - first);
            for (int j = 0; j < count; j++) {
                weights.unpack(block, first + j, codes, j * weights.unit * WIDTH / 4);
            }
            Blocks.BEST.bytes(Blocks.BEST.rows(count * rows), WIDTH, count * weights.unit, width, spread, first / together * height * width, MemorySegment.ofArray(codes), products);
            for (int j = 0; j < count; j++) {
                weights.totals(codes, j * weights.unit * WIDTH / 4, scratch.totals);
                add(taken, 0, rows, block, first + j, products, j * rows, scratch.totals, y64);
            }
        }
    }

    private void manyRows(ByteRows taken, int rows, int block, float[] y64) {
        Scratch scratch = Scratch.mine();
        int[] codes = scratch.weights(weights.unit * WIDTH / 4);
        int[] products = scratch.products(ROWS * WIDTH);
        for (int number = 0; number < weights.units; number++) {
            weights.unpack(block, number, codes, 0);
            weights.totals(codes, 0, scratch.totals);
            for (int first = 0; first < rows; first += ROWS) {
                int count = Math.min(ROWS, rows - first);
                Blocks.BEST.bytes(Blocks.BEST.rows(count), WIDTH, weights.unit, taken.stride(), taken.bytes(), first * taken.stride() + number * weights.unit, MemorySegment.ofArray(codes), products);
                add(taken, first, count, block, number, products, 0, scratch.totals, y64);
            }
        }
    }

    /** Adds a unit's products of some rows, scaled. @param at of the first of them in {@code products} */
    private void add(ByteRows taken, int first, int rows, int block, int number, int[] products, int at, int[] totals, float[] y64) {
        Scratch scratch = Scratch.mine();
        weights.scales(block, number, scratch.scales);
        int sumsAt = first * weights.units + number;
        if (weights.symmetric()) {
            addSymmetric(products, at * WIDTH, rows, totals, taken.scales(), sumsAt, weights.units, scratch.scales, y64, first * WIDTH);
        } else {
            weights.zeros(block, number, scratch.zeros);
            addAsymmetric(products, at * WIDTH, rows, totals, scratch.zeros, taken.sums(), taken.scales(), sumsAt, weights.units, scratch.scales, y64, first * WIDTH);
        }
    }

    /** Products are of codes times 16, and of X with 128 added, which makes them {@code totals} more. */
    private static void addSymmetric(int[] products, int at, int rows, int[] totals, float[] ts, int tsAt, int units, float[] scales, float[] y64, int to) {
        for (int j = 0; j < WIDTH; j += FLOATS.length()) {
            IntVector less = IntVector.fromArray(INTS, totals, j);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, j);
            for (int row = 0; row < rows; row++) {
                IntVector exact = IntVector.fromArray(INTS, products, at + row * WIDTH + j).sub(less);
                FloatVector value = ((FloatVector) exact.convertShape(VectorOperators.I2F, FLOATS, 0)).mul(ts[tsAt + row * units]);
                value.fma(scale, FloatVector.fromArray(FLOATS, y64, to + row * WIDTH + j)).intoArray(y64, to + row * WIDTH + j);
            }
        }
    }

    private static void addAsymmetric(int[] products, int at, int rows, int[] totals, int[] zeros, int[] sums, float[] ts, int sumsAt, int units, float[] scales, float[] y64, int to) {
        for (int j = 0; j < WIDTH; j += FLOATS.length()) {
            IntVector less = IntVector.fromArray(INTS, totals, j);
            IntVector zero = IntVector.fromArray(INTS, zeros, j);
            FloatVector scale = FloatVector.fromArray(FLOATS, scales, j);
            for (int row = 0; row < rows; row++) {
                IntVector exact = IntVector.fromArray(INTS, products, at + row * WIDTH + j).sub(less).sub(zero.mul(sums[sumsAt + row * units]));
                FloatVector value = ((FloatVector) exact.convertShape(VectorOperators.I2F, FLOATS, 0)).mul(ts[sumsAt + row * units]);
                value.fma(scale, FloatVector.fromArray(FLOATS, y64, to + row * WIDTH + j)).intoArray(y64, to + row * WIDTH + j);
            }
        }
    }

    private void finish(int rows, int block, float[] y64, float[] y) {
        int first = block * WIDTH;
        int count = Math.min(WIDTH, outputs - first);
        for (int row = 0; row < rows; row++) {
            System.arraycopy(y64, row * WIDTH, y, row * outputs + first, count);
        }
    }

    @Override
    public void row(int output, float[] into, int at) {
        for (int i = 0; i < inputs; i++) {
            into[at + i] = weights.value(output, i);
        }
    }

    @Override
    public void close() {}
}
