package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EngineScheduleTest {
    /** Asked while the engine stands still at its next step. */
    private static FakeForward still(Bench bench, LoadedModel model) {
        FakeForward forward = bench.forward(ServedAs.STORED).gated();
        bench.ask(model, Bench.prompt(1, 99), Sampling.greedy(1));
        return forward;
    }

    @Test
    void givenALongPromptBesideARunningAnswer_whenRead_thenEachStepMakesATokenAndReadsAChunk() {
        try (Bench bench = new Bench(Bench.settings(1000, 8, 100, 32))) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard running = bench.ask(model, Bench.prompt(5, 1), Sampling.greedy(20));
            forward.let(2);
            Bench.until(() -> forward.seen.size() == 2);
            Heard reading = bench.ask(model, Bench.prompt(200, 2), Sampling.greedy(2));
            forward.letAll();

            assertEquals(bench.alone(Bench.prompt(5, 1), Sampling.greedy(20)), running.completion());
            assertEquals(bench.alone(Bench.prompt(200, 2), Sampling.greedy(2)), reading.completion());
            List<FakeForward.Step> mixed = forward.seen.stream().filter(step -> step.tokens().size() == 2 && step.total() > 2).toList();
            assertTrue(mixed.size() >= 6, "chunks beside the answer");
            assertTrue(mixed.stream().allMatch(step -> step.tokens().getFirst() == 1 && step.total() <= 32), mixed::toString);
        }
    }

    @Test
    void givenMoreRequestsThanSeats_whenAnswered_thenTheyRunInTheOrderInWhichTheyCame() {
        try (Bench bench = new Bench(Bench.settings(1000, 2, 100, 64))) {
            LoadedModel model = bench.model();
            FakeForward forward = still(bench, model);
            List<Heard> heard = IntStream.range(0, 12).mapToObj(i -> bench.ask(model, Bench.prompt(4 + i, i), Sampling.greedy(3))).toList();
            forward.letAll();
            heard.forEach(Heard::completion);

            assertTrue(forward.seen.stream().allMatch(step -> step.tokens().size() <= 2));
            List<Integer> lengthsOfPrompts = forward.seen.stream().flatMap(step -> step.tokens().stream()).filter(count -> count > 1).toList();
            assertEquals(IntStream.range(4, 16).boxed().toList(), lengthsOfPrompts);
        }
    }

    @Test
    void givenTooManyWaiting_whenAsked_thenTheEngineIsBusyAndSaysSo() {
        try (Bench bench = new Bench(Bench.settings(1000, 2, 3, 64))) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            List<Heard> heard = IntStream.range(0, 5).mapToObj(i -> bench.ask(model, Bench.prompt(4, i), Sampling.greedy(3))).toList();

            EngineBusy busy = assertThrows(EngineBusy.class, () -> bench.engine.ask(Ask.of(model, Bench.prompt(4, 9), Sampling.greedy(3)), new Heard()));

            assertTrue(busy.getMessage().contains("no more than 3 may"), busy.getMessage());
            assertFalse(busy.stopping());
            forward.letAll();
            heard.forEach(one -> assertEquals(FinishReason.LENGTH, one.finish()));
            assertEquals(FinishReason.LENGTH, bench.ask(model, Bench.prompt(4, 9), Sampling.greedy(3)).finish());
        }
    }

    @Test
    void givenAPromptThatTheCacheCannotHold_whenAsked_thenASentenceSaysSo() {
        try (Bench bench = new Bench(Bench.settings(4, 2, 3, 64))) {
            LoadedModel model = bench.model();

            String message = assertThrows(IllegalArgumentException.class, () -> bench.engine.ask(Ask.of(model, Bench.prompt(65, 1), Sampling.greedy(1)), new Heard())).getMessage();

            assertTrue(message.contains("65") && message.contains("64") && message.contains("larger cache"), message);
            assertEquals(1, bench.ask(model, Bench.prompt(64, 1), Sampling.greedy(1)).completion().completionTokens());
        }
    }

    @Test
    void givenACacheTooSmallForAllAnswers_whenBlocksRunOut_thenTheYoungestIsPreemptedAndNoAnswerChanges() {
        List<LoadedModel> preempted = new ArrayList<>();
        EngineObserver observer = new EngineObserver() {
            @Override
            public void preempted(LoadedModel model) {
                preempted.add(model);
            }
        };
        try (Bench bench = new Bench(Bench.settings(8, 8, 100, 64), observer)) {
            LoadedModel model = bench.model();
            List<Heard> heard = new ArrayList<>();
            List<Completion> expected = new ArrayList<>();
            FakeForward forward = still(bench, model);
            for (int i = 0; i < 6; i++) {
                heard.add(bench.ask(model, Bench.prompt(10 + i, i), Bench.warm(i, 60)));
                expected.add(bench.alone(Bench.prompt(10 + i, i), Bench.warm(i, 60)));
            }
            forward.letAll();

            assertEquals(expected, heard.stream().map(Heard::completion).toList());
            assertFalse(preempted.isEmpty());
        }
    }

    @Test
    void givenAnAnswerLongerThanTheWholeCache_whenItIsFull_thenTheReasonIsLength() {
        try (Bench bench = new Bench(Bench.settings(3, 8, 100, 64))) {
            Heard heard = bench.ask(bench.model(), Bench.prompt(20, 1), Sampling.greedy(100));

            assertEquals(FinishReason.LENGTH, heard.finish());
            // the last token that it makes need not be read
            assertEquals(3 * 16 - 20 + 1, heard.completion().completionTokens());
            Bench.until(() -> bench.engine.status().running() == 0);
        }
    }

    @Test
    void givenTwoModels_whenOneReadsLongPrompts_thenTheOtherMakesSeveralTokensBetweenTwoOfItsSteps() {
        List<LoadedModel> steps = Collections.synchronizedList(new ArrayList<>());
        EngineObserver observer = new EngineObserver() {
            @Override
            public void stepped(LoadedModel model, int sequences, int promptTokens, int answerTokens, long nanos) {
                steps.add(model);
            }
        };
        try (Bench bench = new Bench(Bench.settings(1000, 8, 100, 128), observer)) {
            LoadedModel reader = bench.model(ServedAs.STORED);
            LoadedModel writer = bench.model(ServedAs.INT8);
            FakeForward writing = bench.forward(ServedAs.INT8).gated();
            Heard written = bench.ask(writer, Bench.prompt(3, 1), Sampling.greedy(100));
            List<Heard> read = IntStream.range(0, 10).mapToObj(i -> bench.ask(reader, Bench.prompt(200, i), Sampling.greedy(1))).toList();
            writing.letAll();
            written.completion();
            read.forEach(Heard::completion);

            // a step of 128 tokens costs 160, one of 1 token 33: between two of the reader's are four or five of the writer's
            List<Integer> places = IntStream.range(0, steps.size()).filter(i -> steps.get(i) == reader).boxed().toList();
            for (int i = 3; i < 12; i++) {
                int between = places.get(i) - places.get(i - 1) - 1;
                assertTrue(between == 4 || between == 5, "steps between " + between);
            }
        }
    }
}
