package dev.hone.llm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ways to multiply blocks against sums written out in 64 bits. */
class BlocksTest {
    private final Random random = new Random(7);

    private MemorySegment noise(int bytes) {
        byte[] values = new byte[bytes];
        random.nextBytes(values);
        MemorySegment memory = Arena.ofAuto().allocate(bytes, 64);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes);
        return memory;
    }

    @ParameterizedTest
    @CsvSource({"1,64,64", "2,64,2048", "3,16,4", "16,64,32", "33,32,128", "130,64,96", "2,64,5632"})
    void givenBytes_whenMultipliedByEitherUnit_thenSumsAreExact(int m, int n, int k) {
        int stride = k + 64;
        MemorySegment a = noise(m * stride);
        MemorySegment b = noise(k * n);
        int[] expected = new int[m * n];
        for (int row = 0; row < m; row++) {
            for (int column = 0; column < n; column++) {
                long sum = 0;
                for (int i = 0; i < k; i++) {
                    sum += (a.get(ValueLayout.JAVA_BYTE, (long) row * stride + i) & 0xFF) * b.get(ValueLayout.JAVA_BYTE, (i / 4 * n + column) * 4L + i % 4);
                }
                expected[row * n + column] = Math.toIntExact(sum);
            }
        }
        for (Blocks unit : new Blocks[] {Blocks.BEST, new VectorUnit()}) {
            int[] c = new int[m * n];
            unit.bytes(m, n, k, stride, a.toArray(ValueLayout.JAVA_BYTE), 0, b, c);
            unit.done();
            assertArrayEquals(expected, c, unit.getClass().getSimpleName());
        }
    }

    @ParameterizedTest
    @CsvSource({"1,64,64", "5,64,2048", "70,64,96"})
    void givenHalves_whenMultipliedByEitherUnit_thenSumsAreNear(int m, int n, int k) {
        MemorySegment a = halves(m * k);
        MemorySegment b = halves(k * n);
        for (Blocks unit : new Blocks[] {Blocks.BEST, new VectorUnit()}) {
            float[] c = new float[m * n];
            unit.bf16(m, n, k, k, a.toArray(ValueLayout.JAVA_SHORT), 0, b, c);
            unit.done();
            for (int row = 0; row < m; row++) {
                for (int column = 0; column < n; column++) {
                    double sum = 0;
                    for (int i = 0; i < k; i++) {
                        sum += (double) value(a, row * k + i) * value(b, (i / 2 * n + column) * 2 + i % 2);
                    }
                    assertEquals(sum, c[row * n + column], 1e-4 * Math.sqrt(k), unit.getClass().getSimpleName());
                }
            }
        }
    }

    private MemorySegment halves(int count) {
        MemorySegment memory = Arena.ofAuto().allocate(2L * count, 64);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
        }
        return memory;
    }

    private static float value(MemorySegment halves, int index) {
        return Float.intBitsToFloat(halves.getAtIndex(ValueLayout.JAVA_SHORT, index) << 16);
    }
}
