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

    @TempDir
    Path dir;

    @Test
    void givenARow_whenFormatted_thenItIsTheCanonicalLine() {
        assertEquals("{\"messages\":[{\"role\":\"user\",\"content\":\"Grüße\\n\\\"you\\\"\"},{\"role\":\"assistant\",\"content\":\"\"}]}", Rows.format(CHAT));
        assertEquals("{\"text\":\"a\"}", Rows.format(new Row.Text("a")));
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
        assertRefused("no key \"weight\"", "{\"messages\":[{\"role\":\"user\",\"content\":\"a\",\"weight\":0}]}");
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
