package dev.hone.datasets.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonFilesTest {

    @Test
    void givenJsonLines_whenOneIsBroken_thenItsPlaceIsToldAndTheOthersAreRead() throws Exception {
        Found found = Found.in("a.jsonl", "{\"a\":1}\n{\"a\":2,}\n\n{\"a\":3} x\n{\"a\":4}");

        assertEquals(List.of("1:1 {\"a\":1}", "5:1 {\"a\":4}"), found.rows);
        assertEquals(List.of("2:8 invalid_json", "3:1 blank_line", "4:10 invalid_json"), found.problems);
    }

    @Test
    void givenTheSameKeyTwice_whenRead_thenTheRowIsRefused() throws Exception {
        Found found = Found.in("a.jsonl", "{\"a\":1,\"a\":2}\n{\"a\":3}\n");
        assertEquals(List.of("2:1 {\"a\":3}"), found.rows);
        assertTrue(found.messages.getFirst().contains("Duplicate field 'a'"), found.messages.getFirst());
    }

    @Test
    void givenBytesThatAreNotUtf8_whenRead_thenOnlyThatRowIsLost() throws Exception {
        byte[] lines = "{\"a\":\"\u00e9\"}\n{\"a\":\"x\"}\n".getBytes(StandardCharsets.ISO_8859_1);
        byte[] array = "[{\"a\":\"\u00e9\"},\n{\"a\":\"x\"}]".getBytes(StandardCharsets.ISO_8859_1);

        assertEquals(List.of("1:7 bad_utf8"), Found.in("a.jsonl", lines).problems);
        Found found = Found.in("a.json", array);
        assertEquals(1, found.problems.size());
        assertTrue(found.problems.getFirst().endsWith("bad_utf8"), found.problems.getFirst());
        assertEquals(List.of("2:1 {\"a\":\"x\"}"), found.rows);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[{\"a\":1},{\"a\":2}]",
        "\uFEFF[ {\"a\":1},\n  {\"a\":2} ]\n",
        "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]\n"})
    void givenAnArrayInAnyLayout_whenRead_thenItsRowsAreFound(String json) throws Exception {
        Found found = Found.in("a.json", json);
        assertEquals(List.of(), found.problems);
        assertEquals(List.of("{\"a\":1}", "{\"a\":2}"), found.rows.stream().map(row -> row.substring(row.indexOf(' ') + 1)).toList());
    }

    @Test
    void givenAnArrayOverLines_whenRead_thenRowsHaveTheirPlaces() throws Exception {
        assertEquals(List.of("1:2 {\"a\":1}", "1:11 {\"a\":2}", "3:3 {\"a\":3}"), Found.in("a.json", "[{\"a\":1}, {\"a\":2},\n\n  {\"a\":3}]").rows);
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "[{\"a\":1},{\"a\":\"open},{\"a\":3}]",
        "[{\"a\":1},{\"a\":2 \"b\"},{\"a\":3}]",
        "[\n  {\"a\":1},\n  {\"a\":2,\n  {\"a\":3}\n]",
        "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": tru\n  },\n  {\n    \"a\": 3\n  }\n]\n"})
    void givenABrokenRowInAnArray_whenRead_thenTheRowsBehindItAreFound(String json) throws Exception {
        Found found = Found.in("a.json", json);
        List<String> values = found.rows.stream().map(row -> row.substring(row.indexOf(' ') + 1)).toList();
        assertEquals(List.of("{\"a\":1}", "{\"a\":3}"), values);
        assertEquals(1, found.problems.size(), found.problems.toString());
    }

    @Test
    void givenAnArrayThatIsCutOff_whenRead_thenItIsTold() throws Exception {
        Found found = Found.in("a.json", "[{\"a\":1},\n{\"a\":2},\n{\"a");
        assertEquals(2, found.rows.size());
        assertEquals(List.of("3:4 invalid_json"), found.problems);
    }
}
