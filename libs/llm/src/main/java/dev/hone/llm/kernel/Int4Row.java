package dev.hone.llm.kernel;

import java.util.Arrays;
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
    private static final int WIDTH = Int4Layout.WIDTH;
    private static final int SIDE = Int4Layout.SIDE;
    private static final int LANES = INTS.length();
    /** Inputs whose products fit into 16 bits: 8 steps of 2 products a lane, each at most 15 · 128. */
    private static final int INPUTS = 32;
    private static final int CODES = 0x000F000F;

    private Int4Row() {}

    /** Lays activations out for {@link #products}: for every four inputs the first and third in the halves of an int, then the second and fourth. */
    static void spread(ByteRows taken, int row, int inputs, int[] into, int at) {
        for (int i = 0; i < inputs; i += 4) {
            into[at + i / 2] = taken.value(row, i) & 0xFFFF | taken.value(row, i + 2) << 16;
            into[at + i / 2 + 1] = taken.value(row, i + 1) & 0xFFFF | taken.value(row, i + 3) << 16;
        }
    }

    /**
     * The products of one unit of inputs.
     *
     * @param at of the unit's codes
     * @param x as {@link #spread} laid it out, the unit's from {@code from} on
     * @param sum of the unit's activations
     * @param into [64] from {@code to} on, overwritten: 16 Σ c X of each output
     */
    static void products(int[] codes, int at, int unit, int[] x, int from, int sum, int[] into, int to) {
        Arrays.fill(into, to, to + WIDTH, -8 * sum);
        for (int i = 0; i < unit; i += INPUTS) {
            step(codes, at + i * (WIDTH / 8), Math.min(unit - i, INPUTS) / 4, x, from + i / 2, into, to);
        }
        sixteenfold(into, to);
    }

    private static void sixteenfold(int[] into, int to) {
        for (int j = to; j < to + WIDTH; j += LANES) {
            IntVector.fromArray(INTS, into, j).lanewise(VectorOperators.LSHL, 4).intoArray(into, j);
        }
    }

    /** Small on purpose: the compiler gives up on vectors in methods that grow, and is then ten times as slow. */
    private static void step(int[] codes, int at, int fours, int[] x, int from, int[] into, int to) {
        for (int l = 0; l < WIDTH / 2; l += LANES) {
            ShortVector firsts = ShortVector.zero(SHORTS);
            ShortVector seconds = ShortVector.zero(SHORTS);
            for (int k = 0; k < fours; k++) {
                IntVector four = IntVector.fromArray(INTS, codes, at + k * (WIDTH / 2) + l);
                ShortVector odd = IntVector.broadcast(INTS, x[from + 2 * k]).reinterpretAsShorts();
                ShortVector even = IntVector.broadcast(INTS, x[from + 2 * k + 1]).reinterpretAsShorts();
                firsts = firsts.add(four.and(CODES).reinterpretAsShorts().mul(odd));
                seconds = seconds.add(four.lanewise(VectorOperators.LSHR, 4).and(CODES).reinterpretAsShorts().mul(odd));
                firsts = firsts.add(four.lanewise(VectorOperators.LSHR, 8).and(CODES).reinterpretAsShorts().mul(even));
                seconds = seconds.add(four.lanewise(VectorOperators.LSHR, 12).and(CODES).reinterpretAsShorts().mul(even));
            }
            int j = to + l / SIDE * SIDE + l;
            addPairs(firsts.reinterpretAsInts(), into, j);
            addPairs(seconds.reinterpretAsInts(), into, j + SIDE);
        }
    }

    private static void addPairs(IntVector pairs, int[] into, int j) {
        IntVector sum = pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16).add(pairs.lanewise(VectorOperators.ASHR, 16));
        sum.add(IntVector.fromArray(INTS, into, j)).intoArray(into, j);
    }
}
