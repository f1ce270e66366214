package dev.hone.llm.layout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.nf4.Nf4Matrix;
import dev.hone.llm.rounding.QuantizedMatrix;
import dev.hone.llm.rounding.ScaleType;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes of tiny matrices. Origin of compressed-tensors' words: {@code pack_to_int32} of its 0.20.0 for the codes
 * (7·row + 5·column) mod 2^bits − 2^(bits−1), zero points with {@code packed_dim=0}. Origin of GPTQ's: the packing that
 * GPTQModel publishes, done with numpy on the same codes and the zero points (3·row + 11·group) mod 16 − 8.
 */
class LayoutGoldenTest {
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final String NAME = "x.weight";

    @TempDir
    Path dir;

    /** By hand after compressed-tensors' pack-quantized: code + 8, first code lowest. */
    @Test
    void givenCodes_whenPacked_thenTheFirstLiesInTheLowestBits() {
        assertArrayEquals(new byte[] {0x54, 0x76, (byte) 0x98, (byte) 0xF0}, PackedLayout.packed(new byte[] {-4, -3, -2, -1, 0, 1, -8, 7}, 1, 8, 4));
    }

    @Test
    void givenFourBits_whenPacked_thenTheWordsAreCompressedTensorsOnes() {
        QuantizedMatrix matrix = matrix(3, 12, 12, 4, new byte[0]);
        try (SafetensorsFile file = written(new PackedLayout(shape(3, 12, 1, 4, true, ScaleType.BF16)), matrix)) {
            assertEquals(List.of(3L, 2L), file.info("x.weight_packed").shape());
            assertArrayEquals(new int[] {0x3e94fa50, 0x72d8, 0xa50b61c7, 0xe94f, 0x1c72d83e, 0x50b6}, ints(file, "x.weight_packed"));
            assertArrayEquals(new long[] {3, 12}, file.segment("x.weight_shape").toArray(ValueLayout.JAVA_LONG_UNALIGNED));
        }
    }

    @Test
    void givenEightBits_whenPacked_thenTheWordsAreCompressedTensorsOnes() {
        QuantizedMatrix matrix = matrix(3, 6, 6, 8, new byte[0]);
        try (SafetensorsFile file = written(new PackedLayout(shape(3, 6, 1, 8, true, ScaleType.BF16)), matrix)) {
            assertArrayEquals(new int[] {0x0f0a0500, 0x1914, 0x16110c07, 0x201b, 0x1d18130e, 0x2722}, ints(file, "x.weight_packed"));
        }
    }

    @Test
    void givenZeroPoints_whenPacked_thenRowsShareTheWords() {
        byte[] four = {-8, -3, -1, 4, 6, -5, -3, 2, 4, -7, -5, 0, 2, 7, -7, -2, 0, 5};
        try (SafetensorsFile file = written(new PackedLayout(shape(9, 16, 2, 4, false, ScaleType.BF16)), matrix(9, 16, 8, 4, four))) {
            assertEquals(List.of(2L, 2L), file.info("x.weight_zero_point").shape());
            assertArrayEquals(new int[] {0x1a3c5e70, 0x6f81a3c5, 0x8, 0xd}, ints(file, "x.weight_zero_point"));
        }
        byte[] eight = {-128, -123, -121, -116, -114, -109, -107, -102, -100, -95, -93, -88, -86, -81, -79, -74, -72, -67};
        try (SafetensorsFile file = written(new PackedLayout(shape(9, 16, 2, 8, false, ScaleType.BF16)), matrix(9, 16, 8, 8, eight))) {
            assertArrayEquals(new int[] {0x150e0700, 0x1a130c05, 0x312a231c, 0x362f2821, 0x38, 0x3d}, ints(file, "x.weight_zero_point"));
        }
    }

    @Test
    void givenGptq_whenWritten_thenInputsShareWordsOfAnOutput() {
        byte[] zeros = new byte[16];
        for (int i = 0; i < zeros.length; i++) {
            zeros[i] = (byte) ((3 * (i / 2) + 11 * (i % 2)) % 16 - 8);
        }
        try (SafetensorsFile file = written(new GptqLayout(shape(8, 16, 2, 4, false, ScaleType.F16)), matrix(8, 16, 8, 4, zeros))) {
            assertEquals(TensorInfo.of("x.qweight", DType.I32, 2, 8), file.info("x.qweight"));
            assertArrayEquals(new int[] {
                    0x3e94fa50, 0xa50b61c7, 0x1c72d83e, 0x83e94fa5, 0xfa50b61c, 0x61c72d83, 0xd83e94fa, 0x4fa50b61, 0xb61c72d8, 0x2d83e94f, 0x94fa50b6, 0x0b61c72d, 0x72d83e94,
                    0xe94fa50b, 0x50b61c72, 0xc72d83e9}, ints(file, "x.qweight"));
            assertArrayEquals(new int[] {0x52fc9630, 0x0da741eb}, ints(file, "x.qzeros"));
            assertArrayEquals(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}, ints(file, "x.g_idx"));
            // scales are 1 … 16 row after row; the file has them group after group
            assertArrayEquals(new float[] {1, 3, 5, 7, 9, 11, 13, 15, 2, 4, 6, 8, 10, 12, 14, 16}, file.floats("x.scales"));
        }
    }

    /** The first form of GPTQ's files stores a zero point less 1: the middle, 8 and 128, as 7 and 127. */
    @Test
    void givenSymmetricGptq_whenWritten_thenZerosSayTheMiddleLessOne() {
        try (SafetensorsFile file = written(new GptqLayout(shape(8, 16, 2, 4, true, ScaleType.F16)), matrix(8, 16, 8, 4, new byte[0]))) {
            assertArrayEquals(new int[] {0x77777777, 0x77777777}, ints(file, "x.qzeros"));
        }
        try (SafetensorsFile file = written(new GptqLayout(shape(8, 16, 2, 8, true, ScaleType.F16)), matrix(8, 16, 8, 8, new byte[0]))) {
            assertArrayEquals(new int[] {0x7F7F7F7F, 0x7F7F7F7F, 0x7F7F7F7F, 0x7F7F7F7F}, ints(file, "x.qzeros"));
        }
    }

    /** Tensors and text as bitsandbytes 0.50.2 serializes a matrix of 4 x 32; it pads no spaces, which JSON allows. */
    @Test
    void givenNf4_whenWritten_thenTheStateIsBitsandbytesJson() {
        Nf4Layout layout = new Nf4Layout(NAME, 4, 32);
        byte[] codes = new byte[64];
        codes[0] = 0x0F;
        Path path = dir.resolve("nf4.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, layout.tensors())) {
            layout.write(writer, new Nf4Matrix(4, 32, codes, new byte[] {1, 2}, new float[] {0.5f}, 0.1f));
        }
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            String state = new String(file.segment("x.weight.quant_state.bitsandbytes__nf4").toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
            assertEquals("{\"quant_type\": \"nf4\", \"blocksize\": 64, \"dtype\": \"bfloat16\", \"shape\": [4, 32], \"nested_blocksize\": 256, \"nested_dtype\": \"float32\", "
                    + "\"nested_offset\": 0.10000000149011612}", state.trim());
            assertEquals(TensorInfo.of(NAME, DType.U8, 64, 1), file.info(NAME));
            assertEquals(0x0F, file.segment(NAME).get(ValueLayout.JAVA_BYTE, 0));
            assertTrue(Arrays.equals(new float[] {0.5f}, file.floats("x.weight.nested_absmax")));
        }
    }

    private SafetensorsFile written(TensorLayout layout, QuantizedMatrix matrix) {
        Path path = dir.resolve("x.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(path, layout.tensors())) {
            layout.write(writer, 0, matrix);
        }
        return SafetensorsFile.open(path);
    }

    private static TensorLayout.Shape shape(int rows, int columns, int groups, int bits, boolean symmetric, ScaleType scales) {
        return new TensorLayout.Shape(NAME, rows, columns, groups, bits, symmetric, scales);
    }

    private static QuantizedMatrix matrix(int rows, int columns, int group, int bits, byte[] zeroPoints) {
        byte[] codes = new byte[rows * columns];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) ((7 * (i / columns) + 5 * (i % columns)) % (1 << bits) - (1 << bits - 1));
        }
        float[] scales = new float[rows * (columns / group)];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = i + 1;
        }
        return new QuantizedMatrix(rows, columns, codes, scales, zeroPoints, group, bits, 16);
    }

    private static int[] ints(SafetensorsFile file, String name) {
        return file.segment(name).toArray(I32);
    }
}
