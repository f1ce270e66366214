package dev.hone.llm.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.nf4.DynamicMap;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EightBitTablesTest {
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void givenNumbersOfEverySizeAndThoseAtTheBorders_whenCodedFromTheirUpperBits_thenTheCodeIsTheNearestValues(boolean signed) {
        float[] map = signed ? DynamicMap.signed() : DynamicMap.unsigned();
        try (NDManager manager = Torch.newManager(); TensorList tables = EightBitTables.of(manager)) {
            float[] borders = tables.get(signed ? 1 : 4).toFloatArray();
            int[] starts = tables.get(signed ? 2 : 5).toUint8Array();
            Random random = new Random(1);
            for (int i = 0; i < 200_000; i++) {
                float border = borders[random.nextInt(255)];
                float number = switch (i % 4) {
                    case 0 -> border;
                    case 1 -> Math.nextUp(border);
                    case 2 -> Math.nextDown(border);
                    default -> (float) Math.pow(10, -8 * random.nextDouble()) * (signed && random.nextBoolean() ? -1 : 1);
                };
                // what the program does
                int start = starts[(Float.floatToRawIntBits(number) >> 15) + 65536];
                int code = start + (number > borders[start] ? 1 : 0);
                assertEquals(EightBitTables.code(borders, number), code, Float.toString(number));
                // borders are rounded to f32, which leaves them off the middle by 6e-8 at most
                double off = Math.abs((double) number - map[code]) - 2e-7 * Math.abs(number);
                assertTrue(code == 0 || off <= Math.abs((double) number - map[code - 1]), number + " became " + map[code]);
                assertTrue(code == 255 || off <= Math.abs((double) number - map[code + 1]), number + " became " + map[code]);
            }
        }
    }
}
