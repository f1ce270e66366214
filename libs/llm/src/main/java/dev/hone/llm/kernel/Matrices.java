package dev.hone.llm.kernel;

import java.util.List;

/** Packs weights. Several matrices with the same inputs may be stacked into one, which reads its inputs once. */
public final class Matrices {
    /** Sums of so many products of bytes fit into 32 bits. */
    private static final int MOST_INPUTS = 1 << 15;

    private Matrices() {}

    /**
     * Integer weights: eight bits by output, or four bits by output or group.
     *
     * @param stacked one under the other, all with the same columns, bits and group
     * @param activationBits 8: activations are rounded to eight bits, row by row, scale max|x| / 127, as in models that were
     *     rounded so; 0: to sixteen bits where weights have eight, which is more than bf16 has, and where weights have four to eight
     *     bits in groups as the weights' (of at most 256), whose error is a twentieth of the weights' own
     * @throws IllegalArgumentException if {@link #holds} would be false
     */
    public static Matrix integers(List<IntegerRows> stacked, int activationBits) {
        IntegerRows all = stacked.size() == 1 ? stacked.getFirst() : new StackedIntegers(stacked);
        if (!holds(all)) {
            throw new IllegalArgumentException("Expected codes of 8 bits with a scale for each output and at most " + MOST_INPUTS + " inputs, or of 4 bits in groups of a multiple of 4 inputs; found "
                    + all.bits() + " bits in groups of " + all.group() + " of " + all.columns() + " inputs.");
        }
        if (all.bits() == 8) {
            return new Int8Matrix(all, activationBits == 8 ? ByteRows.Kind.EIGHT_BITS : ByteRows.Kind.SIXTEEN_BITS);
        }
        return new Int4Matrix(all, activationBits == 8 ? ByteRows.Kind.EIGHT_BITS : ByteRows.Kind.EIGHT_BITS_BY_UNIT);
    }

    /** Whether {@link #integers} packs such codes; others are packed as {@link #bf16} of their values. */
    public static boolean holds(IntegerRows rows) {
        return rows.bits() == 8 ? rows.group() == rows.columns() && rows.columns() <= MOST_INPUTS : rows.bits() == 4 && Int4Matrix.holds(rows);
    }

    /** @param stacked one under the other, all with the same columns */
    public static Matrix bf16(List<FloatRows> stacked) {
        return new Bf16Matrix(stacked.size() == 1 ? stacked.getFirst() : new StackedFloats(stacked));
    }
}
