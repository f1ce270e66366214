package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answering.JsonAnswerLog.Shares;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonAnswerLogTest {
    private final List<String> lines = new ArrayList<>();
    private double die;

    private void write(Shares shares, String model) {
        new JsonAnswerLog(shares, List.of(new Masks(List.of())), lines::add, () -> die)
                .write(new AnswerLog.Entry("id", model, "r1", "acme", List.of(new ChatMessage("user", "I am a@b.cd")), "Call 1234567.", "stop", 5, 3));
    }

    @Test
    void givenAModelThatIsLogged_whenItAnswers_thenTheLineIsRedactedJson() {
        write(Shares.of("on", Map.of()), "support");
        assertEquals(List.of("{\"answer_id\":\"id\",\"model\":\"support\",\"revision\":\"r1\",\"caller\":\"acme\",\"prompt\":[{\"role\":\"user\",\"content\":\"I am [email]\"}],"
                + "\"answer\":\"Call [number].\",\"finish\":\"stop\",\"prompt_tokens\":5,\"answer_tokens\":3}"), lines);
    }

    @Test
    void givenNothingIsSet_whenAModelAnswers_thenNothingIsWritten() {
        write(Shares.of("off", Map.of()), "support");
        assertEquals(List.of(), lines);
        assertTrue(Shares.of("off", Map.of("support", "0")).isOff());
    }

    @Test
    void givenAShare_whenTheDieIsBelowIt_thenTheAnswerIsWritten() {
        Shares shares = Shares.of("off", Map.of("support", "0.25"));
        die = 0.2;
        write(shares, "support");
        write(shares, "sales");
        die = 0.25;
        write(shares, "support");
        assertEquals(1, lines.size());
    }

    @Test
    void givenASettingThatIsNone_whenRead_thenTheSentenceSaysWhatIs() {
        for (String wrong : new String[] {"yes", "1.5", "-1", ""}) {
            assertEquals("Expected off, on, or a share from 0 to 1 of the answers to be logged, found \"" + wrong + "\".",
                    assertThrows(IllegalArgumentException.class, () -> Shares.of(wrong, Map.of())).getMessage());
        }
    }
}
