package dev.hone.llm.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.text.ChatMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowsTest {
    private static final Row CHAT = new Row.Chat(List.of(new ChatMessage("user", "Grüße\n\"you\""), new ChatMessage("assistant", "")));

    private static final Row PAIR = new Row.Preference(List.of(new ChatMessage("user", "Hi")), List.of(new ChatMessage("assistant", "Hello.")),
            List.of(new ChatMessage("assistant", "What?")));

    @TempDir
    Path dir;

    @Test
    void givenARow_whenFormatted_thenItIsTheCanonicalLine() {
        assertEquals("{\"messages\":[{\"role\":\"user\",\"content\":\"Grüße\\n\\\"you\\\"\"},{\"role\":\"assistant\",\"content\":\"\"}]}", Rows.format(CHAT));
        assertEquals("{\"text\":\"a\"}", Rows.format(new Row.Text("a")));
    }

    @Test
    void givenAPair_whenFormatted_thenItIsTheCanonicalLineAndComesBack() {
        String line = "{\"prompt\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"chosen\":[{\"role\":\"assistant\",\"content\":\"Hello.\"}],"
                + "\"rejected\":[{\"role\":\"assistant\",\"content\":\"What?\"}]}";
        assertEquals(line, Rows.format(PAIR));
        assertEquals(PAIR, Rows.parse(line));
    }

    @Test
    void givenAnAnswerOfWeightZero_whenFormatted_thenOnlyItsWeightIsWritten() {
        Row row = new Row.Chat(List.of(new ChatMessage("user", "a"), new ChatMessage("assistant", "b", 0), new ChatMessage("assistant", "c", 1)));
        String line = "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\",\"weight\":0},{\"role\":\"assistant\",\"content\":\"c\"}]}";
        assertEquals(line, Rows.format(row));
        assertEquals(row, Rows.parse(line.replace("\"c\"}", "\"c\",\"weight\":1}")));
    }

    @Test
    void givenALineWithOtherSpacingAndOrder_whenParsedAndFormatted_thenItIsCanonical() {
        assertEquals(CHAT, Rows.parse(" { \"messages\" : [ {\"content\":\"Gr\\u00fc\\u00dfe\\n\\\"you\\\"\", \"role\":\"user\"}, {\"role\":\"assistant\",\"content\":\"\"} ] } "));
    }

    @Test
    void givenRowsOnDisk_whenReadWithALimit_thenTheFirstOnesComeAndEmptyLinesDoNot() throws Exception {
        Path file = dir.resolve("r.jsonl");
        Rows.write(file, List.of(CHAT, new Row.Text("a"), new Row.Text("b")));
        Files.writeString(file, "\n" + Files.readString(file));
        assertEquals(List.of(CHAT, new Row.Text("a")), Rows.read(file, 2));
        assertEquals(3, Rows.read(file).size());
    }

    @Test
    void givenLinesThatAreNoRows_whenParsed_thenEachIsRefusedWithItsReason() {
        assertRefused("no JSON", "{");
        assertRefused("no JSON", "{\"text\":\"a\"} {\"text\":\"b\"}");
        assertRefused("found array", "[]");
        assertRefused("[prompt]", "{\"prompt\":\"a\"}");
        assertRefused("at least one", "{\"messages\":[]}");
        assertRefused("\"content\", found null", "{\"messages\":[{\"role\":\"user\",\"content\":null}]}");
        assertRefused("\"role\", found nothing", "{\"messages\":[{\"content\":\"a\"}]}");
        assertRefused("no key \"name\"", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"name\":\"b\"}]}");
        assertRefused("found 0 on one of the user", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"weight\":0}]}");
        assertRefused("\"weight\" of 0 or 1, found 0.5", "{\"messages\":[{\"role\":\"assistant\",\"content\":\"a\",\"weight\":0.5}]}");
        assertRefused("\"rejected\", found nothing", "{\"prompt\":[{\"role\":\"user\",\"content\":\"a\"}],\"chosen\":[{\"role\":\"assistant\",\"content\":\"a\"}]}");
        assertRefused("\"prompt\", found string", "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}");
        assertRefused("at the end of \"chosen\"", Rows.format(PAIR).replace("\"chosen\":[{\"role\":\"assistant\"", "\"chosen\":[{\"role\":\"user\""));
    }

    @Test
    void givenABadLineInAFile_whenRead_thenTheErrorNamesTheLine() throws Exception {
        Path file = Files.writeString(dir.resolve("bad.jsonl"), "{\"text\":\"a\"}\n\n{\"text\":7}\n");
        String message = assertThrows(RowException.class, () -> Rows.read(file)).getMessage();
        assertTrue(message.startsWith("bad.jsonl line 3: "), message);
    }

    private static void assertRefused(String part, String line) {
        String message = assertThrows(RowException.class, () -> Rows.parse(line)).getMessage();
        assertTrue(message.contains(part), message);
    }
}
