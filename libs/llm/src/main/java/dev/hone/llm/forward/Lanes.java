package dev.hone.llm.forward;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vectors of this package, of at most 16 lanes whatever the machine has: the cache's layout is made of runs of 16 tokens.
 *
 * <p>Two bf16 values lie in one int, the first in its lower half, so that a vector of ints becomes two of floats by a shift
 * and a mask. Nothing here reduces a vector by the library's own means, whose order of additions is not fixed: what a row
 * gives must be the same bits before and after the JIT compiler has seen the code.
 */
final class Lanes {
    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
    static final int COUNT = F.length();

    /** Tokens side by side in a block, and values side by side that are summed in one lane each. */
    static final int RUN = 16;

    static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int UPPER = 0xFFFF0000;

    private Lanes() {}

    /** The first value of each pair. */
    static FloatVector first(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** The second value of each pair. */
    static FloatVector second(IntVector pairs) {
        return pairs.and(UPPER).reinterpretAsFloats();
    }

    /** Two values as one int of bf16 bits, each rounded to nearest, ties to even. */
    static int pair(float first, float second) {
        return (bf16(first) & 0xFFFF) | bf16(second) << 16;
    }

    static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        int rounded = (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
        return (short) (Float.isNaN(value) ? (bits >>> 16) | 0x40 : rounded);
    }

    static int roundedUp(int count) {
        return (count + RUN - 1) / RUN * RUN;
    }
}
