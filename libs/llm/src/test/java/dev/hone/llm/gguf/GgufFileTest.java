package dev.hone.llm.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FormatException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufFileTest {
    private static final GgufTensor MATRIX = new GgufTensor("a", GgufType.F32, List.of(2L, 3L));
    private static final GgufTensor VECTOR = new GgufTensor("b", GgufType.F16, List.of(2L));

    @TempDir
    Path folder;

    private Path written(Map<String, GgufValue> metadata) {
        Path file = folder.resolve("model.gguf");
        try (GgufWriter writer = new GgufWriter(file, metadata, List.of(MATRIX, VECTOR))) {
            write(writer, VECTOR, 0.5f, -2);
            write(writer, MATRIX, 1, 2, 3, 4, 5, 6);
            writer.finish();
        }
        return file;
    }

    private static void write(GgufWriter writer, GgufTensor tensor, float... values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[(int) tensor.bytes()]);
        TensorCodec.encode(tensor.type(), values, 0, tensor.rows(), tensor.columns(), TensorCodec.weights(null, tensor.columns()), bytes);
        writer.write(tensor.name(), 0, bytes);
    }

    /** By docs/gguf.md: magic, version 3, counts; length and text of a key, its type 4, its value; each tensor's sizes, columns first. */
    @Test
    void givenTwoTensorsAndACount_whenWritten_thenEveryByteIsWhereTheFormatPutsIt() throws IOException {
        String header = "47475546" + "03000000" + "0200000000000000" + "0100000000000000"
                + "0100000000000000" + "6b" + "04000000" + "07000000"
                + "0100000000000000" + "61" + "02000000" + "0300000000000000" + "0200000000000000" + "00000000" + "0000000000000000"
                + "0100000000000000" + "62" + "01000000" + "0200000000000000" + "01000000" + "2000000000000000";
        byte[] found = Files.readAllBytes(written(Map.of("k", new GgufValue.Count(7))));
        byte[] expected = HexFormat.of().parseHex(header);
        assertArrayEquals(expected, Arrays.copyOf(found, expected.length));
        int data = (expected.length + 31) / 32 * 32;
        ByteBuffer bytes = ByteBuffer.wrap(found).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(4f, bytes.getFloat(data + 12));
        assertEquals((short) 0x3800, bytes.getShort(data + 32));
        assertEquals(data + 64, found.length);
    }

    @Test
    void givenEveryKindOfValue_whenReadBack_thenItIsTheSame() {
        Map<String, GgufValue> metadata = new LinkedHashMap<>();
        metadata.put("count", new GgufValue.Count(-1));
        metadata.put("real", new GgufValue.Real(0.25f));
        metadata.put("flag", new GgufValue.Flag(true));
        metadata.put("text", new GgufValue.Text("héllo"));
        metadata.put("texts", new GgufValue.Texts(List.of("", "\u2581a")));
        metadata.put("ints", new GgufValue.Ints(new int[] {-3, 4}));
        metadata.put("reals", new GgufValue.Reals(new float[] {1.5f}));
        metadata.put("flags", new GgufValue.Flags(new boolean[] {false, true}));
        try (GgufFile file = GgufFile.open(written(metadata))) {
            assertEquals(Map.of("count", 4294967295L, "real", 0.25, "flag", true, "text", "héllo", "texts", List.of("", "\u2581a"), "ints", List.of(-3L, 4L), "reals", List.of(1.5),
                    "flags", List.of(false, true)), file.metadata());
            assertEquals(MATRIX, file.tensor("a"));
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, file.floats("a"));
            assertArrayEquals(new float[] {0.5f, -2}, file.floats("b"));
            assertTrue(assertThrows(FormatException.class, () -> file.floats("c")).getMessage().contains("named c"));
        }
    }

    @Test
    void givenAHeaderOfManyTokens_whenReadBack_thenNoneIsLost() {
        List<String> tokens = Stream.iterate(0, n -> n + 1).limit(20_000).map(n -> "token" + n).toList();
        try (GgufFile file = GgufFile.open(written(Map.of("tokens", new GgufValue.Texts(tokens))))) {
            assertEquals(tokens, file.metadata().get("tokens"));
            assertArrayEquals(new float[] {0.5f, -2}, file.floats("b"));
        }
    }

    @Test
    void givenATensorThatNeverCame_whenFinished_thenItIsNamedAndThereIsNoFile() throws IOException {
        Path file = folder.resolve("half.gguf");
        try (GgufWriter writer = new GgufWriter(file, Map.of(), List.of(MATRIX, VECTOR))) {
            write(writer, MATRIX, 1, 2, 3, 4, 5, 6);
            assertTrue(assertThrows(FormatException.class, writer::finish).getMessage().contains("the first is b"));
            assertThrows(FormatException.class, () -> write(writer, MATRIX, 1, 2, 3, 4, 5, 6));
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void givenAFileThatIsCutOffAnywhere_whenOpened_thenItIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(written(Map.of("text", new GgufValue.Text("hello"), "texts", new GgufValue.Texts(List.of("a", "b")))));
        Path file = folder.resolve("cut.gguf");
        for (int length = 0; length < whole.length - 32; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThrows(FormatException.class, () -> GgufFile.open(file), "cut at " + length);
        }
    }

    @Test
    void givenDamagedNumbers_whenOpened_thenTheyAreRefused() throws IOException {
        byte[] whole = Files.readAllBytes(written(Map.of("k", new GgufValue.Count(7))));
        assertTrue(refused(whole, 0, 'X').contains("Expected a GGUF file"));
        assertTrue(refused(whole, 4, 9).contains("found version 9"));
        assertTrue(refused(whole, 15, 0x7f).contains("a count of"));
        assertTrue(refused(whole, 33, 99).contains("found 99"));
        assertTrue(refused(whole, 70, 77).contains("type 77"));
    }

    private String refused(byte[] whole, int at, int value) throws IOException {
        byte[] damaged = whole.clone();
        damaged[at] = (byte) value;
        Path file = folder.resolve("damaged.gguf");
        Files.write(file, damaged);
        return assertThrows(FormatException.class, () -> GgufFile.open(file)).getMessage();
    }

    @Test
    void givenRowsThatAreNoWholeBlocks_whenDeclared_thenTheTensorIsRefused() {
        assertTrue(assertThrows(FormatException.class, () -> new GgufTensor("t", GgufType.Q4_K, List.of(2L, 128L))).getMessage().contains("multiple of 256"));
        assertFalse(GgufType.Q6_K.fits(128));
    }
}
