package dev.hone.llm.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.rounding.QuantizedMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Packed products against products in float64 with the values that the codes stand for. */
class MatrixTest {
    private static final int MOST_ROWS = 131;
    private static final WorkTeam TEAM = WorkTeam.of(2);

    /**
     * @param error of a result, relative to the length of the products' row, one standard deviation: integers up to 32767 for values up to
     *     some four deviations are 4 / 32767 apart, and rounding errs by 0.29 of that
     */
    record Case(String name, Matrix matrix, float[] values, double error, boolean eight) {
        @Override
        public String toString() {
            return name;
        }
    }

    @AfterAll
    static void close() {
        TEAM.close();
    }

    static Stream<Case> cases() {
        Random random = new Random(3);
        return Stream.of(integers("int8", random, 100, 256, 256, 8, true, 0), integers("int8 with zero points", random, 70, 130, 130, 8, false, 0),
                integers("int8 x int8", random, 64, 192, 192, 8, true, 8), integers("int4 g32", random, 130, 256, 32, 4, true, 0),
                integers("int4 g32 with zero points", random, 64, 96, 32, 4, false, 0), integers("int4 g128", random, 65, 384, 128, 4, true, 0),
                integers("int4 by output", random, 48, 704, 704, 4, true, 0), integers("int4 x int8", random, 64, 128, 32, 4, true, 8), bf16(random, 100, 90));
    }

    private static Case integers(String name, Random random, int rows, int columns, int group, int bits, boolean symmetric, int activationBits) {
        byte[] codes = new byte[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) (random.nextInt(1 << bits) - (1 << bits - 1));
        }
        float[] scales = new float[rows * (columns / group)];
        byte[] zeros = new byte[symmetric ? 0 : scales.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = name.contains("by output") ? 0.01f + 0.01f * random.nextFloat() : FloatCodec.roundToBf16(0.01f + 0.01f * random.nextFloat());
            if (!symmetric) {
                zeros[i] = (byte) (random.nextInt(9) - 4);
            }
        }
        QuantizedMatrix matrix = new QuantizedMatrix(rows, columns, codes, scales, zeros, group, bits, 16);
        return new Case(name, Matrices.integers(List.of(IntegerRows.of(matrix)), activationBits), matrix.dequantize(), activationBits == 8 || bits == 4 ? 1e-2 : 4e-5, activationBits == 8);
    }

    private static Case bf16(Random random, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = FloatCodec.roundToBf16((float) random.nextGaussian());
        }
        return new Case("bf16", Matrices.bf16(List.of(FloatRows.of(values, columns))), values, 1.2e-3, false);
    }

    private static float[] activations(int rows, int columns) {
        Random random = new Random(11);
        float[] x = new float[rows * columns];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * (1 + i / columns % 5));
        }
        return x;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givenRows_whenMultiplied_thenResultsAreThoseOfFloat64(Case given) {
        int in = given.matrix.inputs();
        int out = given.matrix.outputs();
        float[] x = activations(MOST_ROWS, in);
        float[] y = new float[MOST_ROWS * out];
        given.matrix.multiply(x, MOST_ROWS, y, TEAM);
        for (int row = 0; row < MOST_ROWS; row++) {
            for (int output = 0; output < out; output++) {
                double sum = 0;
                double squares = 0;
                for (int i = 0; i < in; i++) {
                    double product = (double) x[row * in + i] * given.values[output * in + i];
                    sum += product;
                    squares += product * product;
                }
                assertEquals(sum, y[row * out + output], 6 * given.error * Math.sqrt(squares), "row " + row + " output " + output);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givenARow_whenMultipliedAloneOrAmongOthers_thenItsBitsAreTheSame(Case given) {
        int in = given.matrix.inputs();
        int out = given.matrix.outputs();
        float[] x = activations(MOST_ROWS, in);
        float[] all = new float[MOST_ROWS * out];
        given.matrix.multiply(x, MOST_ROWS, all, TEAM);
        for (int count : new int[] {1, 2, 3, 4, 7, 8, 9, 16, 17, 33, 64, 65}) {
            for (int first : new int[] {0, 5, MOST_ROWS - count}) {
                float[] y = new float[count * out];
                given.matrix.multiply(Arrays.copyOfRange(x, first * in, (first + count) * in), count, y, WorkTeam.alone());
                assertArrayEquals(Arrays.copyOfRange(all, first * out, (first + count) * out), y, count + " rows from " + first);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void givenPackedWeights_whenRowsAreRead_thenTheyAreTheValues(Case given) {
        int in = given.matrix.inputs();
        for (int output = 0; output < given.matrix.outputs(); output++) {
            float[] row = new float[in + 1];
            given.matrix.row(output, row, 1);
            assertArrayEquals(Arrays.copyOfRange(given.values, output * in, (output + 1) * in), Arrays.copyOfRange(row, 1, in + 1), "output " + output);
        }
    }

    @Test
    void givenActivationsOfEightBits_whenMultiplied_thenTheyAreRoundedAsTrainingRoundsThem() {
        // 127 / 127 = 1 is the scale; 0.5 and 1.5 go to the even codes 0 and 2
        float[] x = {127, 0.5f, 1.5f, -2.5f};
        QuantizedMatrix ones = new QuantizedMatrix(1, 4, new byte[] {1, 10, 20, 30}, new float[] {1}, new byte[0], 4, 8, 16);
        float[] y = new float[1];
        try (Matrix matrix = Matrices.integers(List.of(IntegerRows.of(ones)), 8)) {
            matrix.multiply(x, 1, y, WorkTeam.alone());
        }
        assertEquals(127 + 20 * 2 - 30 * 2, y[0]);
    }

    @Test
    void givenStackedMatrices_whenMultiplied_thenOneLiesUnderTheOther() {
        float[] first = {1, 2, 3, 4};
        float[] second = {5, 6};
        float[] y = new float[3];
        try (Matrix matrix = Matrices.bf16(List.of(FloatRows.of(first, 2), FloatRows.of(second, 2)))) {
            matrix.multiply(new float[] {1, 10}, 1, y, TEAM);
        }
        assertArrayEquals(new float[] {21, 43, 65}, y);
    }

    @Test
    void givenZeros_whenMultiplied_thenZerosComeOut() {
        for (Case given : cases().toList()) {
            float[] y = new float[2 * given.matrix.outputs()];
            Arrays.fill(y, 1);
            given.matrix.multiply(new float[2 * given.matrix.inputs()], 2, y, TEAM);
            for (float value : y) {
                assertEquals(0, value, 1e-6, given.name);
            }
        }
    }

    @Test
    void givenGroupsOfEightBits_whenAskedFor_thenTheSentenceSaysWhatIsHeld() {
        IntegerRows grouped = IntegerRows.of(new QuantizedMatrix(1, 64, new byte[64], new float[2], new byte[0], 32, 8, 16));
        assertFalse(Matrices.holds(grouped));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Matrices.integers(List.of(grouped), 0)).getMessage().contains("8 bits in groups of 32 of 64"));
    }
}
