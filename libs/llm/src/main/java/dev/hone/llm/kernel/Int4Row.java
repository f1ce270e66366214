package dev.hone.llm.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * One row of activations times weights of four bits as they lie in {@link Int4Layout}, at the speed at which memory gives them.
 * Products of a code below 16 and a byte are added up in lanes of 16 bits, which 16 of them just fit; the sums are those of
 * the matrix unit.
 */
final class Int4Row {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final int WIDTH = Int4Layout.WIDTH;
    private static final int SIDE = Int4Layout.SIDE;
    private static final int LANES = INTS.length();
    /** Inputs whose products fit into 16 bits: 8 steps of 2 products a lane, each at most 15 · 128. */
    private static final int INPUTS = 32;
    private static final short CODE = 0xF;

    private Int4Row() {}

    /** Lays activations out for {@link #add}: for every four inputs the first and third in the halves of an int, then the second and fourth. */
    static void spread(ByteRows taken, int row, int inputs, int[] into, int at) {
        for (int i = 0; i < inputs; i += 4) {
            into[at + i / 2] = taken.value(row, i) & 0xFFFF | taken.value(row, i + 2) << 16;
            into[at + i / 2 + 1] = taken.value(row, i + 1) & 0xFFFF | taken.value(row, i + 3) << 16;
        }
    }

    /**
     * Adds the products of one unit of inputs, scaled.
     *
     * @param at of the unit's codes
     * @param x as {@link #spread} laid it out, the unit's from {@code from} on
     * @param sum of the unit's activations
     * @param zeros [64], the outputs' zero points, plus 8
     * @param t the activations' scale
     * @param scales [64], the outputs'
     * @param y64 from {@code to} on, [64]
     */
    static void add(int[] codes, int at, int unit, int[] x, int from, int sum, int[] zeros, float t, float[] scales, float[] y64, int to) {
        for (int l = 0; l < WIDTH / 2; l += LANES) {
            int j = l / SIDE * SIDE + l;
            IntVector first = IntVector.zero(INTS);
            IntVector second = IntVector.zero(INTS);
            for (int i = 0; i < unit; i += INPUTS) {
                ShortVector firsts = ShortVector.zero(SHORTS);
                ShortVector seconds = ShortVector.zero(SHORTS);
                int end = Math.min(unit, i + INPUTS);
                for (int k = i; k < end; k += 4) {
                    ShortVector four = IntVector.fromArray(INTS, codes, at + k * (WIDTH / 8) + l).reinterpretAsShorts();
                    ShortVector odd = IntVector.broadcast(INTS, x[from + k / 2]).reinterpretAsShorts();
                    ShortVector even = IntVector.broadcast(INTS, x[from + k / 2 + 1]).reinterpretAsShorts();
                    firsts = firsts.add(four.and(CODE).mul(odd)).add(four.lanewise(VectorOperators.LSHR, 8).and(CODE).mul(even));
                    seconds = seconds.add(four.lanewise(VectorOperators.LSHR, 4).and(CODE).mul(odd)).add(four.lanewise(VectorOperators.LSHR, 12).mul(even));
                }
                IntVector pairs = firsts.reinterpretAsInts();
                first = first.add(pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).add(pairs.lanewise(VectorOperators.ASHR, 16));
                pairs = seconds.reinterpretAsInts();
                second = second.add(pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16)).add(pairs.lanewise(VectorOperators.ASHR, 16));
            }
            FloatVector exact = (FloatVector) first.sub(IntVector.fromArray(INTS, zeros, j).mul(sum)).convertShape(VectorOperators.I2F, FLOATS, 0);
            exact.mul(t).fma(FloatVector.fromArray(FLOATS, scales, j), FloatVector.fromArray(FLOATS, y64, to + j)).intoArray(y64, to + j);
            exact = (FloatVector) second.sub(IntVector.fromArray(INTS, zeros, j + SIDE).mul(sum)).convertShape(VectorOperators.I2F, FLOATS, 0);
            exact.mul(t).fma(FloatVector.fromArray(FLOATS, scales, j + SIDE), FloatVector.fromArray(FLOATS, y64, to + j + SIDE)).intoArray(y64, to + j + SIDE);
        }
    }
}
