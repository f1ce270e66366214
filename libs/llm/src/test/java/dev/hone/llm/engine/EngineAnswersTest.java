package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EngineAnswersTest {
    @Test
    void givenOnePrompt_whenAsked_thenTheAnswerIsThatOfTheModelAlone() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            int[] prompt = Bench.prompt(40, 1);

            Heard heard = bench.ask(model, prompt, Bench.warm(7, 30));

            assertEquals(bench.alone(prompt, Bench.warm(7, 30)), heard.completion());
            assertEquals(heard.text(), String.join("", heard.pieces));
            assertTrue(heard.pieces.size() > 5);
        }
    }

    @Test
    void givenManyPrompts_whenAnsweredTogether_thenEachAnswerIsWhatItIsAlone() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            List<Heard> heard = new ArrayList<>();
            List<Completion> expected = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int[] prompt = Bench.prompt(1 + i * 3, i);
                heard.add(bench.ask(model, prompt, Bench.warm(i, 5 + i)));
                expected.add(bench.alone(prompt, Bench.warm(i, 5 + i)));
            }

            assertEquals(expected, heard.stream().map(Heard::completion).toList());
        }
    }

    @Test
    void givenMaxTokensAndTheContext_whenReached_thenTheReasonIsLength() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();

            Completion few = bench.ask(model, Bench.prompt(5, 3), Sampling.greedy(4)).completion();
            Completion full = bench.ask(model, Bench.prompt(Bench.CONTEXT - 3, 4), Sampling.greedy(100)).completion();

            assertEquals(FinishReason.LENGTH, few.finish());
            assertEquals(4, few.completionTokens());
            assertEquals(FinishReason.LENGTH, full.finish());
            assertEquals(3, full.completionTokens());
        }
    }

    @Test
    void givenAStopString_whenMet_thenTheAnswerEndsBeforeItAndItsTokensCount() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            int[] prompt = Bench.prompt(9, 5);
            String whole = bench.ask(model, prompt, Sampling.greedy(30)).text();
            String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 4);

            Heard cut = bench.ask(model, prompt, new Sampling(0, 0, 1, 0, 30, List.of(stop)));

            assertEquals(whole.substring(0, whole.indexOf(stop)), cut.text());
            assertEquals(FinishReason.STOP, cut.finish());
            assertNotEquals(30, cut.completion().completionTokens());
        }
    }
}
