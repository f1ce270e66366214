package dev.hone.datasets.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RowCheckerTest {
    private final RowChecker checker = new RowChecker(HoneNano.base());

    private static Row.Chat chat(String... rolesAndContents) {
        List<ChatMessage> messages = new ArrayList<>();
        for (int i = 0; i < rolesAndContents.length; i += 2) {
            messages.add(new ChatMessage(rolesAndContents[i], rolesAndContents[i + 1]));
        }
        return new Row.Chat(messages);
    }

    private String codeOf(Row row) {
        return assertThrows(RowRejected.class, () -> checker.check(row)).code();
    }

    @Test
    void givenAGoodChat_whenChecked_thenTokensAreThoseOfTheTemplate() throws Exception {
        // hone-nano's template: <|user|> and <|end|> around the question, <|assistant|> and <|end|> around the answer
        int text = HoneNano.base().tokenizer().encode("How are you?").length + HoneNano.base().tokenizer().encode("Fine.").length;
        assertEquals(text + 4, checker.check(chat("user", "How are you?", "assistant", "Fine.")).getFirst().tokens());
    }

    @Test
    void givenRowsNoModelShouldLearn_whenChecked_thenTheCodeSaysWhy() {
        assertEquals("example_missing_assistant_message", codeOf(chat("user", "p")));
        assertEquals("last_message_not_assistant", codeOf(chat("user", "p", "assistant", "c", "user", "q")));
        assertEquals("empty_completion", codeOf(chat("user", "p", "assistant", " ")));
        assertEquals("empty_prompt", codeOf(chat("user", "", "assistant", "c")));
        assertEquals("empty_prompt", codeOf(chat("assistant", "c")));
        assertEquals("unknown_special_token", codeOf(chat("user", "p <|end|>", "assistant", "c")));
        assertEquals("control_character", codeOf(chat("user", "p\0", "assistant", "c")));
        assertEquals("too_long", codeOf(chat("user", "word ".repeat(600), "assistant", "c")));
        assertEquals("all_labels_masked", codeOf(new Row.Text("a")));
        assertEquals("too_long", codeOf(new Row.Text("x1".repeat(4000))));
    }

    private static Row.Preference pair(String prompt, String chosen, String rejected) {
        return new Row.Preference(List.of(new ChatMessage("user", prompt)), List.of(new ChatMessage("assistant", chosen)), List.of(new ChatMessage("assistant", rejected)));
    }

    @Test
    void givenAGoodPair_whenChecked_thenBothConversationsCount() throws Exception {
        RowChecker.Checked checked = checker.check(pair("How are you?", "Fine.", "Why do you ask me that?")).getFirst();
        int better = checker.check(chat("user", "How are you?", "assistant", "Fine.")).getFirst().tokens();
        int worse = checker.check(chat("user", "How are you?", "assistant", "Why do you ask me that?")).getFirst().tokens();
        assertEquals(better + worse, checked.tokens());
        assertEquals(worse, checked.longest());
    }

    @Test
    void givenPairsNoModelShouldLearn_whenChecked_thenTheCodeSaysWhy() {
        assertEquals("identical_pair", codeOf(pair("p", "c", "c")));
        assertEquals("empty_completion", codeOf(pair("p", "c", " ")));
        assertEquals("empty_prompt", codeOf(pair(" ", "c", "d")));
        assertEquals("too_long", codeOf(pair("p", "c", "word ".repeat(600))));
        assertEquals("unknown_special_token", codeOf(pair("p", "c", "d<|end|>")));
    }

    @Test
    void givenALongText_whenChecked_thenItIsCutBetweenWordsAndNothingIsLost() throws Exception {
        String text = "The quick brown fox jumps over the lazy dog. ".repeat(100).strip();
        List<RowChecker.Checked> pieces = checker.check(new Row.Text(text));

        assertTrue(pieces.size() > 1, "pieces: " + pieces.size());
        assertTrue(pieces.stream().allMatch(piece -> piece.tokens() <= 512));
        assertEquals(text, pieces.stream().map(piece -> ((Row.Text) piece.row()).text()).collect(Collectors.joining(" ")));
    }
}
