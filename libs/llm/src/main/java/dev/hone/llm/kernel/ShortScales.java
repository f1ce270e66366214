package dev.hone.llm.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** Narrow numbers widened as they are loaded, as many as a full vector has lanes. */
final class ShortScales {
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED.withShape(VectorShape.forBitSize(INTS.vectorBitSize() / 2));
    private static final VectorSpecies<Byte> BYTES = INTS.vectorBitSize() >= 256
            ? ByteVector.SPECIES_PREFERRED.withShape(VectorShape.forBitSize(INTS.vectorBitSize() / 4)) : ByteVector.SPECIES_64;

    private ShortScales() {}

    /** bf16. */
    static FloatVector load(MemorySegment memory, long at) {
        ShortVector halves = ShortVector.fromMemorySegment(SHORTS, memory, at, ByteOrder.LITTLE_ENDIAN);
        return ((IntVector) halves.convertShape(VectorOperators.S2I, INTS, 0)).lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    /** Signed bytes. */
    static IntVector bytes(MemorySegment memory, long at) {
        return (IntVector) ByteVector.fromMemorySegment(BYTES, memory, at, ByteOrder.LITTLE_ENDIAN).convertShape(VectorOperators.B2I, INTS, 0);
    }
}
