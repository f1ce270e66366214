package dev.hone.llm.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * How weights of four bits lie in memory. A block is 64 outputs, in units of up to 256 inputs that share scales; a unit's codes,
 * scales and zero points follow each other, so that a product reads one stream. Codes are stored with 8 added, as the two halves
 * of bytes: 64 bytes hold 128 codes in the order [unit / 4, 64, 4] in which blocks are multiplied, the first 64 in the lower halves.
 */
final class Int4Layout {
    static final int WIDTH = 64;
    private static final int LARGEST_UNIT = 256;
    private static final int SMALLEST_UNIT = 16;
    private static final int LOWER_HALVES = 0x0F0F0F0F;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE);
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE);

    final int unit;
    final int units;
    final int blocks;
    private final int inputs;
    private final boolean shortScales;
    private final boolean symmetric;
    private final int unitBytes;
    private final MemorySegment memory;

    Int4Layout(Arena arena, IntegerRows rows) {
        this.inputs = rows.columns();
        this.unit = unit(rows.group());
        this.units = inputs / unit;
        this.blocks = Math.ceilDiv(rows.rows(), WIDTH);
        this.shortScales = scalesAreBf16(rows);
        this.symmetric = isSymmetric(rows);
        this.unitBytes = unit * WIDTH / 2 + WIDTH * (shortScales ? 2 : 4) + (symmetric ? 0 : WIDTH);
        this.memory = WeightMemory.allocate(arena, (long) blocks * units * unitBytes);
    }

    /** Inputs of a unit: the group, or as large a part of it as is multiplied at once; 0 where there is none. */
    static int unit(int group) {
        for (int unit = Math.min(group, LARGEST_UNIT) / 4 * 4; unit >= SMALLEST_UNIT; unit -= 4) {
            if (group % unit == 0) {
                return unit;
            }
        }
        return 0;
    }

    private static boolean scalesAreBf16(IntegerRows rows) {
        return everyGroup(rows, (row, group) -> (Float.floatToRawIntBits(rows.scale(row, group)) & 0xFFFF) == 0);
    }

    private static boolean isSymmetric(IntegerRows rows) {
        return everyGroup(rows, (row, group) -> rows.zero(row, group) == 0);
    }

    private interface Question {
        boolean isTrue(int row, int group);
    }

    private static boolean everyGroup(IntegerRows rows, Question question) {
        for (int row = 0; row < rows.rows(); row++) {
            for (int group = 0; group < rows.columns() / rows.group(); group++) {
                if (!question.isTrue(row, group)) {
                    return false;
                }
            }
        }
        return true;
    }

    boolean symmetric() {
        return symmetric;
    }

    long bytes() {
        return memory.byteSize();
    }

    private long at(int block, int number) {
        return ((long) block * units + number) * unitBytes;
    }

    /** Writes a block's outputs. @param sums gets the sum of each output's values over all inputs */
    void pack(IntegerRows rows, int block, float[] sums) {
        byte[][] codes = new byte[WIDTH][inputs];
        for (int j = 0; j < WIDTH && block * WIDTH + j < rows.rows(); j++) {
            rows.codes(block * WIDTH + j, codes[j]);
        }
        byte[] unpacked = new byte[unit * WIDTH];
        double[] totals = new double[WIDTH];
        for (int number = 0; number < units; number++) {
            for (int j = 0; j < WIDTH; j++) {
                for (int i = 0; i < unit; i++) {
                    unpacked[(i / 4 * WIDTH + j) * 4 + i % 4] = (byte) (codes[j][number * unit + i] + 8);
                }
            }
            halves(unpacked, at(block, number));
            packScales(rows, block, number, codes, totals);
        }
        for (int j = 0; j < WIDTH; j++) {
            sums[block * WIDTH + j] = (float) totals[j];
        }
    }

    private void halves(byte[] unpacked, long to) {
        for (int from = 0; from < unpacked.length; from += 2 * WIDTH) {
            for (int i = 0; i < WIDTH; i++) {
                memory.set(ValueLayout.JAVA_BYTE, to + from / 2 + i, (byte) (unpacked[from + i] | unpacked[from + WIDTH + i] << 4));
            }
        }
    }

    private void packScales(IntegerRows rows, int block, int number, byte[][] codes, double[] totals) {
        long scales = at(block, number) + (long) unit * WIDTH / 2;
        long zeros = scales + WIDTH * (shortScales ? 2 : 4);
        int group = number * unit / rows.group();
        for (int j = 0; j < WIDTH && block * WIDTH + j < rows.rows(); j++) {
            float scale = rows.scale(block * WIDTH + j, group);
            int zero = rows.zero(block * WIDTH + j, group);
            if (shortScales) {
                memory.set(SHORT, scales + 2L * j, (short) (Float.floatToRawIntBits(scale) >>> 16));
            } else {
                memory.set(FLOAT, scales + 4L * j, scale);
            }
            if (!symmetric) {
                memory.set(ValueLayout.JAVA_BYTE, zeros + j, (byte) (zero + 8));
            }
            for (int i = number * unit; i < (number + 1) * unit; i++) {
                totals[j] += scale * (codes[j][i] - zero);
            }
        }
    }

    /** The codes of a unit, plus 8, as bytes [unit / 4, 64, 4]. */
    void unpack(int block, int number, MemorySegment into, long to) {
        long from = at(block, number);
        int bytes = unit * WIDTH / 2;
        for (int done = 0; done < bytes; done += WIDTH) {
            for (int i = 0; i < WIDTH; i += 4 * INTS.length()) {
                IntVector pairs = IntVector.fromMemorySegment(INTS, memory, from + done + i, LITTLE);
                pairs.and(LOWER_HALVES).intoMemorySegment(into, to + 2L * done + i, LITTLE);
                pairs.lanewise(VectorOperators.LSHR, 4).and(LOWER_HALVES).intoMemorySegment(into, to + 2L * done + WIDTH + i, LITTLE);
            }
        }
    }

    /** Scales of outputs j and on. */
    FloatVector scales(int block, int number, int j, VectorSpecies<Float> floats) {
        long scales = at(block, number) + (long) unit * WIDTH / 2;
        if (!shortScales) {
            return FloatVector.fromMemorySegment(floats, memory, scales + 4L * j, LITTLE);
        }
        return ShortScales.load(memory, scales + 2L * j);
    }

    /** Zero points of outputs j and on, plus 8; not of symmetric weights. */
    IntVector zeros(int block, int number, int j) {
        long zeros = at(block, number) + (long) unit * WIDTH / 2 + WIDTH * (shortScales ? 2 : 4);
        return ShortScales.bytes(memory, zeros + j);
    }

    /** The value of one weight. */
    float value(int output, int input) {
        int block = output / WIDTH;
        int j = output % WIDTH;
        int number = input / unit;
        int place = (input % unit / 4 * WIDTH + j) * 4 + input % 4;
        int pair = memory.get(ValueLayout.JAVA_BYTE, at(block, number) + place / (2 * WIDTH) * WIDTH + place % WIDTH);
        int code = (place % (2 * WIDTH) < WIDTH ? pair : pair >> 4) & 0xF;
        long scales = at(block, number) + (long) unit * WIDTH / 2;
        float scale = shortScales ? Float.intBitsToFloat(memory.get(SHORT, scales + 2L * j) << 16) : memory.get(FLOAT, scales + 4L * j);
        int zero = symmetric ? 8 : memory.get(ValueLayout.JAVA_BYTE, scales + WIDTH * (shortScales ? 2 : 4) + j);
        return scale * (code - zero);
    }
}
