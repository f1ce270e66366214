package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.nf4.DynamicMap;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * What turns numbers from -1 to 1 into 8-bit codes and back: of each map its values, the borders between them, and for every
 * choice of a number's upper bits the code at which the search for its border starts.
 */
final class EightBitTables {
    /** Sign, exponent and 8 bits of the mantissa: a step of 1/256, where neighbours of the maps are at least 1/143 apart. */
    private static final int UPPER_BITS = 17;

    private static final int LOWER_BITS = Integer.SIZE - UPPER_BITS;

    private EightBitTables() {}

    /** @return signed values f32 [256], borders f32 [256] and starts u8 [2^17], then the same of the unsigned map */
    static TensorList of(NDManager manager) {
        float[] signed = DynamicMap.signed();
        float[] unsigned = DynamicMap.unsigned();
        return TensorList.of(List.of(manager.create(signed), manager.create(borders(signed)), starts(manager, borders(signed)),
                manager.create(unsigned), manager.create(borders(unsigned)), starts(manager, borders(unsigned))));
    }

    /** Half way between neighbours; nothing lies above the last. */
    static float[] borders(float[] map) {
        float[] borders = new float[map.length];
        for (int i = 0; i < map.length - 1; i++) {
            borders[i] = (float) (((double) map[i] + map[i + 1]) / 2);
        }
        borders[map.length - 1] = Float.POSITIVE_INFINITY;
        return borders;
    }

    private static NDArray starts(NDManager manager, float[] borders) {
        byte[] starts = new byte[1 << UPPER_BITS];
        for (int upper = 0; upper < starts.length; upper++) {
            // the program shifts with the sign, so that negative numbers come first
            int bits = upper - starts.length / 2 << LOWER_BITS;
            float least = Float.intBitsToFloat(bits < 0 ? bits | (1 << LOWER_BITS) - 1 : bits);
            starts[upper] = (byte) code(borders, least);
        }
        return manager.create(ByteBuffer.wrap(starts), new Shape(starts.length), DataType.UINT8);
    }

    /** How many borders lie below a number; 255 for what is none, which no quotient by a maximum is. */
    static int code(float[] borders, float number) {
        int at = Arrays.binarySearch(borders, number);
        return Math.min(at < 0 ? -at - 1 : at, 255);
    }
}
