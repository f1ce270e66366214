package dev.hone.llm.kernel;

import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.rounding.Parallel;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Weights of 16 bits, bf16; activations are rounded to bf16 and sums are f32, as the engine's bf16 products are. Packed as
 * blocks of 64 outputs, each [in / 2, 64, 2].
 */
final class Bf16Matrix implements Matrix {
    private static final int WIDTH = 64;
    private static final int ROWS = 64;
    /** Rows a power of two apart would share few places of a cache. */
    private static final int APART = 32;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final int outputs;
    private final int inputs;
    private final int padded;
    private final int blocks;
    private final int stride;
    private final MemorySegment weights;

    Bf16Matrix(FloatRows rows) {
        this.outputs = rows.rows();
        this.inputs = rows.columns();
        this.padded = Math.ceilDiv(inputs, 32) * 32;
        this.stride = padded + APART;
        this.blocks = Math.ceilDiv(outputs, WIDTH);
        this.weights = WeightMemory.allocate(arena, 2L * blocks * WIDTH * padded);
        Parallel.rows(blocks, block -> pack(rows, block));
    }

    private void pack(FloatRows rows, int block) {
        float[] row = new float[inputs];
        float[] full = new float[padded];
        int[] packed = new int[WIDTH * padded / 2];
        for (int j = 0; j < WIDTH && block * WIDTH + j < outputs; j++) {
            rows.row(block * WIDTH + j, row);
            System.arraycopy(row, 0, full, 0, inputs);
            for (int i = 0; i < padded; i += 2) {
                packed[i / 2 * WIDTH + j] = FloatCodec.toBf16(full[i]) & 0xFFFF | FloatCodec.toBf16(full[i + 1]) << 16;
            }
        }
        MemorySegment.copy(packed, 0, weights, INT, 4L * block * packed.length, packed.length);
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
        return weights.byteSize();
    }

    @Override
    public void multiply(float[] x, int rows, float[] y, WorkTeam team) {
        short[] taken = taken(x, rows, team);
        team.run(blocks, block -> multiply(taken, rows, block, y));
    }

    private short[] taken(float[] x, int rows, WorkTeam team) {
        short[] taken = Scratch.mine().halves(Math.multiplyExact(rows + Blocks.SPARE, stride));
        int parts = Math.min(rows, 4 * team.threads());
        team.run(parts, part -> {
            for (int row = rows * part / parts; row < rows * (part + 1) / parts; row++) {
                for (int i = 0; i < inputs; i++) {
                    taken[row * stride + i] = FloatCodec.toBf16(x[row * inputs + i]);
                }
                Arrays.fill(taken, row * stride + inputs, row * stride + padded, (short) 0);
            }
        });
        return taken;
    }

    private void multiply(short[] taken, int rows, int block, float[] y) {
        MemorySegment some = weights.asSlice(2L * block * WIDTH * padded, 2L * WIDTH * padded);
        float[] products = Scratch.mine().floats(ROWS * WIDTH);
        int width = Math.min(WIDTH, outputs - block * WIDTH);
        for (int first = 0; first < rows; first += ROWS) {
            int count = Math.min(ROWS, rows - first);
            Blocks.BEST.bf16(Blocks.BEST.rows(count), WIDTH, padded, stride, taken, first * stride, some, products);
            for (int row = 0; row < count; row++) {
                System.arraycopy(products, row * WIDTH, y, (first + row) * outputs + block * WIDTH, width);
            }
        }
        Blocks.BEST.done();
    }

    @Override
    public void row(int output, float[] into, int at) {
        long first = (long) (output / WIDTH) * WIDTH * padded + 2L * (output % WIDTH);
        for (int i = 0; i < inputs; i++) {
            into[at + i] = FloatCodec.fromBf16(weights.get(ValueLayout.JAVA_SHORT_UNALIGNED, 2 * (first + (long) (i / 2) * WIDTH * 2 + i % 2)));
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
