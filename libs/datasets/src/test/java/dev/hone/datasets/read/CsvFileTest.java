package dev.hone.datasets.read;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvFileTest {

    @Test
    void givenQuotedFieldsOverLines_whenRead_thenRowsHaveTheirFirstLine() throws Exception {
        Found found = Found.in("a.csv", "q,a\r\n\"one, \"\"two\"\"\nthree\",x\r\nfour,y\r\n");

        assertEquals(List.of("2:1 {\"q\":\"one, \\\"two\\\"\\nthree\",\"a\":\"x\"}", "4:1 {\"q\":\"four\",\"a\":\"y\"}"), found.rows);
        assertEquals(List.of(), found.problems);
    }

    @ParameterizedTest
    @ValueSource(strings = {"q;a\n1;2\n", "q\ta\n1\t2\n", "q|a\n1|2\n", "\uFEFFq,a\n1,2"})
    void givenAnotherSeparatorOrAByteOrderMark_whenRead_thenItIsTold(String csv) throws Exception {
        assertEquals(List.of("2:1 {\"q\":\"1\",\"a\":\"2\"}"), Found.in("a.csv", csv).rows);
    }

    @Test
    void givenAnUnclosedQuote_whenRead_thenOnlyItsLineIsLost() throws Exception {
        Found found = Found.in("a.csv", "q,a\n\"never closed,x\nplain,y\n\"quoted, too\",z\nlast,w\n");

        assertEquals(List.of("2:1 unclosed_quote"), found.problems);
        assertEquals(List.of("3:1 {\"q\":\"plain\",\"a\":\"y\"}", "4:1 {\"q\":\"quoted, too\",\"a\":\"z\"}", "5:1 {\"q\":\"last\",\"a\":\"w\"}"), found.rows);
    }

    @Test
    void givenAnUnclosedQuoteInTheLastField_whenNothingElseIsQuoted_thenOnlyItsLineIsLost() throws Exception {
        String good = "plain,y\n".repeat(3_000);
        Found found = Found.in("a.csv", "q,a\nx,\"never closed\n" + good);

        assertEquals(List.of("2:1 unclosed_quote"), found.problems);
        assertEquals(3_000, found.rows.size());
    }

    @Test
    void givenAQuoteThatASlipClosesLaterWithTheWrongWidth_whenTheNextLineIsARow_thenOnlyTheFirstLineIsLost() throws Exception {
        Found found = Found.in("a.csv", "q,a\n\"slip,x\nplain,y\nodd \",more,z\n");

        assertEquals(List.of("2:1 unclosed_quote", "4:1 wrong_column_count"), found.problems);
        assertEquals(List.of("3:1 {\"q\":\"plain\",\"a\":\"y\"}"), found.rows);
    }

    @Test
    void givenWrongWidths_whenRead_thenTheMessageCountsColumns() throws Exception {
        Found found = Found.in("a.csv", "q,a\nonly\none,two,three\ngood,row\n");

        assertEquals(List.of("2:1 wrong_column_count", "3:1 wrong_column_count"), found.problems);
        assertTrue(found.messages.get(1).contains("Expected 2 columns as in the header, found 3"), found.messages.get(1));
        assertEquals(1, found.rows.size());
    }

    @Test
    void givenTextAfterAClosingQuote_whenRead_thenTheColumnIsNamed() throws Exception {
        assertEquals(List.of("2:6 invalid_csv"), Found.in("a.csv", "q,a\n\"one\" and more,x\n").problems);
    }

    @Test
    void givenBytesThatAreNotUtf8_whenRead_thenOnlyThatRowIsLost() throws Exception {
        byte[] csv = "q,a\ncaf\u00e9,x\nplain,y\n".getBytes(StandardCharsets.ISO_8859_1);
        Found found = Found.in("a.csv", csv);

        assertEquals(List.of("2:4 bad_utf8"), found.problems);
        assertTrue(found.messages.getFirst().contains("0xE9"), found.messages.getFirst());
        assertEquals(List.of("3:1 {\"q\":\"plain\",\"a\":\"y\"}"), found.rows);
    }

    @Test
    void givenBlankLines_whenRead_thenThoseBetweenRowsAreTold() throws Exception {
        assertEquals(List.of("3:1 blank_line"), Found.in("a.csv", "q,a\n1,2\n\n3,4\n\n\n").problems);
    }

    @Test
    void givenTheSameColumnTwice_whenRead_thenRefused() {
        UnusableFile refused = assertThrows(UnusableFile.class, () -> Found.in("a.csv", "q,q\n1,2\n"));
        assertEquals("duplicate_column", refused.code());
    }
}
