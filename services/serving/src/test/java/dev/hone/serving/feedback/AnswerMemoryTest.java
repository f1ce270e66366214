package dev.hone.serving.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.text.ChatMessage;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerMemoryTest {
    /** Ten characters: one of id, four of prompt, five of answer. */
    private static AnswerMemory.Answer answer(String id) {
        return new AnswerMemory.Answer(id, List.of(new ChatMessage("user", "why?")), "since");
    }

    @Test
    void givenRoomForTwo_whenAThirdIsRemembered_thenTheOldestIsForgotten() {
        AnswerMemory memory = new AnswerMemory(20);
        memory.remember(answer("a"));
        memory.remember(answer("b"));
        memory.remember(answer("c"));

        assertTrue(memory.recall("a").isEmpty());
        assertEquals("since", memory.recall("b").orElseThrow().text());
        assertEquals("since", memory.recall("c").orElseThrow().text());
    }

    @Test
    void givenAnAnswerLargerThanAll_whenRemembered_thenNothingIsKeptAndNothingBreaks() {
        AnswerMemory memory = new AnswerMemory(5);
        memory.remember(answer("a"));
        assertTrue(memory.recall("a").isEmpty());
    }
}
