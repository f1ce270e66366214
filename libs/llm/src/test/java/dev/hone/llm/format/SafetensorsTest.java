package dev.hone.llm.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {
    @TempDir
    Path dir;

    /** Bytes laid out by hand after the format's page, so that reader and writer cannot agree on a mistake. */
    @Test
    void givenAFileLaidOutByHand_whenRead_thenTensorsAndMetadataAreThere() throws Exception {
        String header = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[1,2],\"data_offsets\":[8,12]}}";
        ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN).putFloat(1.5f).putFloat(-2f);
        data.putShort((short) 0x3F80).putShort((short) 0xC040);
        Path file = raw("model.safetensors", header, data.array());

        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertEquals(Map.of("format", "pt"), read.metadata());
            assertEquals(TensorInfo.of("b", DType.BF16, 1, 2), read.info("b"));
            assertArrayEquals(new float[] {1.5f, -2f}, read.floats("a"));
            assertArrayEquals(new float[] {1f, -3f}, read.floats("b"));
            assertEquals(1.5f, read.buffer("a").getFloat());
        }
    }

    @Test
    void givenTensorsOfEveryFloatType_whenWrittenAndRead_thenValuesComeBackRounded() {
        Path file = dir.resolve("x.safetensors");
        float[] values = {0f, 1f, -1.00390625f, 3.140625f};
        List<TensorInfo> infos = List.of(
                TensorInfo.of("h", DType.F16, 4), TensorInfo.of("f", DType.F32, 2, 2), TensorInfo.of("b", DType.BF16, 4), TensorInfo.of("i", DType.I32, 2));
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, infos, Map.of("k", "v"))) {
            writer.write("b", values).write("f", values).write("h", values).write("i", new int[] {7, -7});
        }

        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertArrayEquals(values, read.floats("f"));
            assertArrayEquals(values, read.floats("h"));
            // bf16 keeps 8 significant bits: -1.00390625 = -(1 + 2^-8) lies halfway between -1 and -1.0078125, and the tie goes to even
            assertArrayEquals(new float[] {0f, 1f, -1f, 3.140625f}, read.floats("b"));
            assertEquals(-7, read.buffer("i").getInt(4));
            assertEquals("v", read.metadata().get("k"));
            assertEquals(0, read.segment("f").address() % 4);
        }
    }

    @Test
    void givenShardsWithAnIndex_whenTheDirectoryIsOpened_thenTensorsOfBothShardsAreThere() throws Exception {
        shard("model-00001-of-00002.safetensors", "a", 1f);
        shard("model-00002-of-00002.safetensors", "b", 2f);
        Files.writeString(dir.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"model-00001-of-00002.safetensors\",\"b\":\"model-00002-of-00002.safetensors\"}}");

        try (SafetensorsFile read = SafetensorsFile.open(dir)) {
            assertArrayEquals(new float[] {1f}, read.floats("a"));
            assertArrayEquals(new float[] {2f}, read.floats("b"));
        }
    }

    @Test
    void givenAnIndexThatPointsOutsideItsDirectory_whenOpened_thenItIsRefused() throws Exception {
        Files.writeString(dir.resolve("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"../x.safetensors\"}}");
        assertMessage("shards must lie beside it", dir);
    }

    @Test
    void givenDamagedFiles_whenOpened_thenEachIsRefusedWithItsReason() throws Exception {
        assertMessage("found 3 bytes", Files.write(dir.resolve("short.safetensors"), new byte[3]));
        assertMessage("another format, or cut off", Files.write(dir.resolve("long.safetensors"), "PK\3\4 and more than eight bytes".getBytes(StandardCharsets.UTF_8)));
        assertMessage("found bytes that are none", raw("json.safetensors", "not json", new byte[0]));
        assertMessage("the file holds 3", raw("cut.safetensors", "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", new byte[3]));
        assertMessage("The header is damaged", raw("size.safetensors", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", new byte[4]));
        assertMessage("The header is damaged", raw("overlap.safetensors",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}", new byte[3]));
        assertMessage("does not read", raw("type.safetensors", "{\"a\":{\"dtype\":\"F8_E5M2\",\"shape\":[1],\"data_offsets\":[0,1]}}", new byte[1]));
    }

    @Test
    void givenAWriterClosedBeforeAllTensorsCame_whenClosed_thenItFailsAndLeavesNoFile() {
        Path file = dir.resolve("y.safetensors");
        SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(TensorInfo.of("a", DType.F32, 1)));
        assertTrue(assertThrows(FormatException.class, writer::close).getMessage().contains("the first is a"));
        assertFalse(Files.exists(file));
        assertFalse(Files.exists(dir.resolve("y.safetensors.part")));
    }

    @Test
    void givenATensorInPieces_whenWrittenInAnyOrder_thenItIsTheWholeOne() {
        Path file = dir.resolve("pieces.safetensors");
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, List.of(TensorInfo.of("b", DType.BF16, 2, 3), TensorInfo.of("i", DType.I32, 3), TensorInfo.of("c", DType.BF16, 6)))) {
            writer.write("b", 4, new float[] {5, 6}).write("b", 0, new float[] {1, 2, 3, 4});
            writer.write("i", 2, new int[] {9}).write("i", 0L, ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(7).putInt(8).flip());
            writer.write("c", MemorySegment.ofArray(FloatCodec.encode(new float[] {1, 2, 3, 4, 5, 6}, DType.BF16)));
        }
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, read.floats("b"));
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, read.floats("c"));
            assertEquals(List.of(7, 8, 9), List.of(read.buffer("i").getInt(0), read.buffer("i").getInt(4), read.buffer("i").getInt(8)));
            float[] middle = new float[3];
            read.floats("b", 2, middle);
            assertArrayEquals(new float[] {3, 4, 5}, middle);
            assertThrows(FormatException.class, () -> read.floats("b", 4, middle));
        }
    }

    @Test
    void givenATensorWhosePiecesAreNotAll_whenClosed_thenTheErrorCountsWhatIsMissing() {
        SafetensorsWriter writer = SafetensorsWriter.create(dir.resolve("z.safetensors"), List.of(TensorInfo.of("a", DType.F32, 4)));
        writer.write("a", 1, new float[] {1, 2});
        assertThrows(FormatException.class, () -> writer.write("a", 3, new float[] {1, 2}));
        assertTrue(assertThrows(FormatException.class, writer::close).getMessage().contains("misses 8 bytes"));
    }

    @Test
    void givenMoreValuesThanARunHolds_whenEncodedAndDecoded_thenEachIsInItsPlace() {
        float[] values = new float[10_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 256;
        }
        for (DType dtype : List.of(DType.BF16, DType.F16, DType.F32, DType.F64)) {
            assertArrayEquals(values, FloatCodec.decode(MemorySegment.ofArray(FloatCodec.encode(values, dtype)), dtype));
        }
    }

    @Test
    void givenSpecialFloats_whenRoundedToBf16_thenTheyFollowIeee() {
        assertEquals(Float.POSITIVE_INFINITY, FloatCodec.roundToBf16(Float.MAX_VALUE));
        assertTrue(Float.isNaN(FloatCodec.roundToBf16(Float.intBitsToFloat(0x7F800001))));
        // 1 + 3·2^-8 lies halfway between 1.0078125 and 1.015625; the even one is 1.015625
        assertEquals(1.015625f, FloatCodec.roundToBf16(1 + 3 / 256f));
    }

    private void shard(String name, String tensor, float value) {
        try (SafetensorsWriter writer = SafetensorsWriter.create(dir.resolve(name), List.of(TensorInfo.of(tensor, DType.F32, 1)))) {
            writer.write(tensor, new float[] {value});
        }
    }

    private Path raw(String name, String header, byte[] data) throws Exception {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data);
        return Files.write(dir.resolve(name), file.array());
    }

    private static void assertMessage(String part, Path file) {
        String message = assertThrows(FormatException.class, () -> SafetensorsFile.open(file).close()).getMessage();
        assertTrue(message.contains(part), message);
    }
}
