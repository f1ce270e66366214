package dev.hone.llm.kernel;

import dev.hone.llm.rounding.Parallel;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * How weights of four bits lie in memory. A block is 64 outputs, in units of up to 256 inputs that share scales; a unit's scales,
 * zero points and codes follow each other, so that a product reads one stream.
 *
 * <p>Codes are stored with 8 added, four bits each, in the order [unit / 4, 64, 4] in which blocks are multiplied: 16 ints hold the
 * codes of 16 outputs and 4 inputs in the lower halves of their bytes, those of the next 16 outputs in the upper ones. Scales are f32,
 * or bf16 where that holds all of them: an int has those of outputs 32 p + l and 32 p + 16 + l. An int of zero points, each with 8
 * added, has those of outputs l, 16 + l, 32 + l and 48 + l.
 */
final class Int4Layout {
    static final int WIDTH = 64;
    /** Outputs whose codes lie in halves of bytes of one kind. */
    static final int SIDE = 16;
    private static final int LARGEST_UNIT = 256;
    private static final int SMALLEST_UNIT = 16;
    private static final int UPPER_HALVES = 0xF0F0F0F0;
    private static final int SIGNS = 0x80808080;
    private static final int EVEN_BYTES = 0x00FF00FF;
    /** Where the first code lies: large arrays begin 16 bytes into a page, and this many ints later a line of the cache begins. */
    private static final int START = 12;

    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

    final int unit;
    final int units;
    final int blocks;
    private final boolean shortScales;
    private final boolean symmetric;
    private final int unitInts;
    private final int[] memory;

    Int4Layout(IntegerRows rows) {
        this.unit = unit(rows.group());
        this.units = rows.columns() / unit;
        this.blocks = Math.ceilDiv(rows.rows(), WIDTH);
        this.shortScales = everyGroup(rows, (row, group) -> (Float.floatToRawIntBits(rows.scale(row, group)) & 0xFFFF) == 0);
        this.symmetric = everyGroup(rows, (row, group) -> rows.zero(row, group) == 0);
        this.unitInts = unit * WIDTH / 8 + (shortScales ? WIDTH / 2 : WIDTH) + (symmetric ? 0 : SIDE);
        this.memory = new int[Math.addExact(Math.multiplyExact(blocks * units, unitInts), START)];
        Parallel.rows(blocks, block -> pack(rows, block));
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
        return 4L * memory.length;
    }

    int[] memory() {
        return memory;
    }

    /** Where a unit's codes begin. */
    int at(int block, int number) {
        return START + (block * units + number + 1) * unitInts - unit * WIDTH / 8;
    }

    private int scalesAt(int block, int number) {
        return START + (block * units + number) * unitInts;
    }

    private int zerosAt(int block, int number) {
        return scalesAt(block, number) + (shortScales ? WIDTH / 2 : WIDTH);
    }

    private void pack(IntegerRows rows, int block) {
        byte[] codes = new byte[units * unit];
        for (int j = 0; j < WIDTH && block * WIDTH + j < rows.rows(); j++) {
            rows.codes(block * WIDTH + j, codes);
            for (int number = 0; number < units; number++) {
                packCodes(codes, number * unit, intOf(block, j, number * unit), shiftOf(j, 0));
                int group = number * unit / rows.group();
                packScale(block, number, j, rows.scale(block * WIDTH + j, group));
                if (!symmetric) {
                    memory[zerosAt(block, number) + j % SIDE] |= rows.zero(block * WIDTH + j, group) + 8 << 8 * (j / SIDE);
                }
            }
        }
    }

    private void packCodes(byte[] codes, int from, int to, int shift) {
        for (int i = from, at = to; i < from + unit; i += 4, at += WIDTH / 2) {
            int four = codes[i] + 8 | codes[i + 1] + 8 << 8 | codes[i + 2] + 8 << 16 | codes[i + 3] + 8 << 24;
            memory[at] |= four << shift;
        }
    }

    private int intOf(int block, int j, int input) {
        return at(block, input / unit) + input % unit / 4 * (WIDTH / 2) + j / (2 * SIDE) * SIDE + j % SIDE;
    }

    private static int shiftOf(int j, int input) {
        return 8 * (input % 4) + (j / SIDE % 2 == 0 ? 0 : 4);
    }

    private void packScale(int block, int number, int j, float scale) {
        int bits = Float.floatToRawIntBits(scale);
        if (shortScales) {
            memory[scalesAt(block, number) + j / (2 * SIDE) * SIDE + j % SIDE] |= j / SIDE % 2 == 0 ? bits >>> 16 : bits;
        } else {
            memory[scalesAt(block, number) + j] = bits;
        }
    }

    /** The codes of a unit times 16, as bytes [unit / 4, 64, 4]: of c + 8 in the upper half of a byte the sign is what takes 8 off again. */
    void unpack(int block, int number, int[] into, int to) {
        unpack(memory, at(block, number), unit * WIDTH / 8, into, to);
    }

    private static void unpack(int[] from, int at, int ints, int[] into, int to) {
        for (int i = 0; i < ints; i += SIDE) {
            for (int l = i; l < i + SIDE; l += INTS.length()) {
                IntVector pairs = IntVector.fromArray(INTS, from, at + l);
                pairs.lanewise(VectorOperators.LSHL, 4).and(UPPER_HALVES).lanewise(VectorOperators.XOR, SIGNS).intoArray(into, to + i + l);
                pairs.and(UPPER_HALVES).lanewise(VectorOperators.XOR, SIGNS).intoArray(into, to + i + SIDE + l);
            }
        }
    }

    /** @param codes of a unit, unpacked @param into [64], 128 times what these bytes add up to by output */
    void totals(int[] codes, int at, int[] into) {
        totals(codes, at, unit, into);
    }

    /** The bytes are added without their signs, which is 128 each too much. */
    private static void totals(int[] codes, int at, int unit, int[] into) {
        for (int j = 0; j < WIDTH; j += INTS.length()) {
            IntVector pairs = IntVector.zero(INTS);
            for (int i = 0; i < unit / 4; i++) {
                IntVector four = IntVector.fromArray(INTS, codes, at + i * WIDTH + j).lanewise(VectorOperators.XOR, SIGNS);
                pairs = pairs.add(four.and(EVEN_BYTES)).add(four.lanewise(VectorOperators.LSHR, 8).and(EVEN_BYTES));
            }
            IntVector sum = pairs.and(0xFFFF).add(pairs.lanewise(VectorOperators.LSHR, 16)).sub(128 * unit);
            sum.lanewise(VectorOperators.LSHL, 7).intoArray(into, j);
        }
    }

    /** @param into [64], the scales of a unit's outputs over 16, a power of two, so that nothing is rounded */
    void scales(int block, int number, float[] into) {
        int at = scalesAt(block, number);
        if (shortScales) {
            widen(memory, at, into);
        } else {
            for (int j = 0; j < WIDTH; j++) {
                into[j] = Float.intBitsToFloat(memory[at + j]) / 16;
            }
        }
    }

    private static void widen(int[] memory, int at, float[] into) {
        for (int i = 0; i < WIDTH / 2; i += SIDE) {
            for (int l = i; l < i + SIDE; l += INTS.length()) {
                IntVector two = IntVector.fromArray(INTS, memory, at + l);
                two.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().mul(1 / 16f).intoArray(into, i + l);
                two.and(0xFFFF0000).reinterpretAsFloats().mul(1 / 16f).intoArray(into, i + SIDE + l);
            }
        }
    }

    /** @param into [64], the zero points of a unit's outputs times 16; not of symmetric weights */
    void zeros(int block, int number, int[] into) {
        int at = zerosAt(block, number);
        for (int j = 0; j < WIDTH; j++) {
            into[j] = 16 * ((memory[at + j % SIDE] >>> 8 * (j / SIDE) & 0xFF) - 8);
        }
    }

    /** The value of one weight. */
    float value(int output, int input) {
        int block = output / WIDTH;
        int j = output % WIDTH;
        int number = input / unit;
        int code = memory[intOf(block, j, input)] >>> shiftOf(j, input) & 0xF;
        int zero = symmetric ? 8 : memory[zerosAt(block, number) + j % SIDE] >>> 8 * (j / SIDE) & 0xFF;
        int bits = shortScales ? memory[scalesAt(block, number) + j / (2 * SIDE) * SIDE + j % SIDE] << (j / SIDE % 2 == 0 ? 16 : 0) & 0xFFFF0000 : memory[scalesAt(block, number) + j];
        return Float.intBitsToFloat(bits) * (code - zero);
    }
}
