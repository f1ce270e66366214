package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.constrain.Constraint;
import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class EngineEndingsTest {
    private static Ask ask(Bench bench, LoadedModel model, int length, long deadlineNanos) {
        return new Ask(model, Optional.empty(), Bench.prompt(length, 5), bench.endless(200), Optional.empty(), -1, false, deadlineNanos, "");
    }

    private static void assertNothingHeld(Bench bench) {
        Bench.until(() -> bench.engine.status().running() == 0 && bench.engine.status().waiting() == 0
                && bench.engine.status().usedBlocks() == bench.engine.status().sharedBlocks());
    }

    @Test
    void givenARunningAnswer_whenCancelled_thenItEndsWithWhatThereIsAndItsPlaceIsFree() throws EngineBusy {
        try (Bench bench = new Bench(Bench.settings(100, 1, 0, 64))) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard heard = new Heard();
            Ticket ticket = bench.engine.ask(ask(bench, model, 10, Long.MAX_VALUE), heard);
            forward.let(5);
            Bench.until(() -> forward.seen.size() == 5);
            ticket.cancel();
            forward.letAll();

            assertEquals(FinishReason.CANCELLED, heard.finish());
            assertTrue(heard.completion().completionTokens() <= 7);
            assertNothingHeld(bench);
            assertEquals(FinishReason.LENGTH, bench.ask(model, Bench.prompt(4, 1), Sampling.greedy(2)).finish());
        }
    }

    @Test
    void givenAWaitingRequest_whenCancelledOrExpired_thenItEndsWithoutEverRunning() throws EngineBusy {
        try (Bench bench = new Bench(Bench.settings(100, 1, 5, 64))) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard running = bench.ask(ask(bench, model, 10, Long.MAX_VALUE));
            Heard cancelled = new Heard();
            Ticket ticket = bench.engine.ask(ask(bench, model, 10, Long.MAX_VALUE), cancelled);
            Heard expired = bench.ask(ask(bench, model, 10, System.nanoTime() - 1));
            forward.let(3);
            Bench.until(() -> forward.seen.size() == 3);
            ticket.cancel();
            forward.let(2);

            assertEquals(FinishReason.CANCELLED, cancelled.finish());
            assertEquals(FinishReason.DEADLINE, expired.finish());
            assertEquals(0, cancelled.completion().completionTokens());
            assertFalse(cancelled.admitted.isDone() || expired.admitted.isDone());
            forward.letAll();
            assertEquals(FinishReason.LENGTH, running.finish());
            assertNothingHeld(bench);
        }
    }

    @Test
    void givenADeadline_whenItPassesWhileTheAnswerIsMade_thenItEndsThere() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            long deadline = System.nanoTime() + Duration.ofMillis(300).toNanos();
            Heard heard = bench.ask(ask(bench, model, 10, deadline));
            Heard other = bench.ask(ask(bench, model, 11, Long.MAX_VALUE));
            forward.let(4);
            Bench.until(() -> System.nanoTime() > deadline);
            forward.letAll();

            assertEquals(FinishReason.DEADLINE, heard.finish());
            assertEquals(FinishReason.LENGTH, other.finish());
            assertNothingHeld(bench);
        }
    }

    @Test
    void givenAListenerThatThrows_whenToldSomething_thenOnlyItsOwnAnswerEnds() throws EngineBusy {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            AtomicInteger told = new AtomicInteger();
            Heard other = bench.ask(ask(bench, model, 11, Long.MAX_VALUE));
            bench.engine.ask(ask(bench, model, 10, Long.MAX_VALUE), new AnswerListener() {
                @Override
                public void piece(String text, List<TokenLogprob> tokens) {
                    told.incrementAndGet();
                    throw new IllegalStateException("a listener's own bug");
                }

                @Override
                public void end(Completion completion) {
                    told.incrementAndGet();
                }

                @Override
                public void failed(Throwable bug) {
                    told.incrementAndGet();
                }
            });

            assertEquals(FinishReason.LENGTH, other.finish());
            Bench.until(() -> told.get() > 0);
            assertNothingHeld(bench);
            assertEquals(1, told.get());
        }
    }

    @Test
    void givenAStepThatFails_whenComputed_thenItsAnswersFailAndTheEngineGoesOn() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard one = bench.ask(ask(bench, model, 10, Long.MAX_VALUE));
            forward.broken = new IllegalStateException("broken on purpose");
            forward.letAll();

            assertSame(forward.broken, one.failure());
            forward.broken = null;
            assertEquals(FinishReason.LENGTH, bench.ask(ask(bench, model, 10, Long.MAX_VALUE)).finish());
            assertNothingHeld(bench);
        }
    }

    /** Allows one token after another, and then nothing but the end; or fails. */
    private record Only(int... tokens) implements Constraint {
        @Override
        public State start() {
            return new State() {
                private int at;

                @Override
                public BitSet allowed() {
                    BitSet allowed = new BitSet();
                    if (tokens.length > 0) {
                        allowed.set(tokens[at]);
                    }
                    return allowed;
                }

                @Override
                public void accept(int token) {
                    assertEquals(tokens[at++], token);
                }

                @Override
                public boolean complete() {
                    return at == tokens.length;
                }
            };
        }
    }

    private static Ask constrained(LoadedModel model, Constraint constraint) {
        return new Ask(model, Optional.empty(), Bench.prompt(6, 2), Bench.warm(1, 50), Optional.of(constraint), 0, false, Long.MAX_VALUE, "");
    }

    @Test
    void givenAConstraint_whenItIsComplete_thenTheAnswerIsWhatItAllowsAndStops() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            int[] text = model.tokenizer().encode("Settings and more");

            Heard heard = bench.ask(constrained(model, new Only(text)));

            assertEquals("Settings and more", heard.text());
            assertEquals(FinishReason.STOP, heard.finish());
            assertEquals(text.length, heard.tokens.size());
        }
    }

    @Test
    void givenAConstraintThatAllowsNothing_whenAsked_thenThatAnswerFailsAndOthersDoNot() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            Heard other = bench.ask(ask(bench, model, 11, Long.MAX_VALUE));

            assertTrue(bench.ask(constrained(model, new Only())).failure().getMessage().contains("constraint"));
            assertEquals(FinishReason.LENGTH, other.finish());
            assertNothingHeld(bench);
        }
    }

    @Test
    void givenWhatCannotBeAsked_whenAsked_thenASentenceSaysWhy() {
        try (Bench bench = Bench.roomy(); Bench stranger = Bench.roomy()) {
            LoadedModel model = bench.model();
            assertRefused(bench, Ask.of(model, new int[0], Sampling.greedy(1)), "empty");
            assertRefused(bench, Ask.of(model, new int[] {512}, Sampling.greedy(1)), "511");
            assertRefused(bench, Ask.of(model, new int[] {-1}, Sampling.greedy(1)), "-1");
            assertRefused(bench, Ask.of(model, new int[256], Sampling.greedy(1)), "Shorten the prompt");
            assertRefused(bench, Ask.of(stranger.model(), new int[1], Sampling.greedy(1)), "another's");
            LoadedAdapter others = bench.engine.loadAdapter(bench.model(ServedAs.INT8), Bench.TOKENIZER);
            assertRefused(bench, new Ask(model, Optional.of(others), new int[1], Sampling.greedy(1), Optional.empty(), -1, false, Long.MAX_VALUE, ""), "loaded for this model");
            assertEquals(0, bench.engine.status().waiting());
        }
    }

    private static void assertRefused(Bench bench, Ask ask, String word) {
        String message = assertThrows(IllegalArgumentException.class, () -> bench.engine.ask(ask, new Heard())).getMessage();
        assertTrue(message.contains(word), message);
    }

    @Test
    void givenRunningAnswers_whenDrained_thenTheyEndByThemselvesAndNothingNewIsTaken() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            Heard heard = bench.ask(ask(bench, model, 10, Long.MAX_VALUE));
            bench.engine.drain(Duration.ofSeconds(20));

            assertEquals(1, heard.ends.get());
            assertEquals(FinishReason.LENGTH, heard.finish());
            assertTrue(assertThrows(EngineBusy.class, () -> bench.engine.ask(ask(bench, model, 10, Long.MAX_VALUE), new Heard())).stopping());
        }
    }

    @Test
    void givenAnswersThatTakeTooLong_whenDrained_thenTheyEndAsCancelled() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            Heard heard = bench.ask(ask(bench, model, 10, Long.MAX_VALUE));
            forward.let(3);
            Bench.until(() -> forward.seen.size() == 3);
            Thread drainer = Thread.ofPlatform().start(() -> bench.engine.drain(Duration.ZERO));
            Bench.until(() -> drainer.getState() == Thread.State.TIMED_WAITING);
            forward.letAll();

            assertEquals(FinishReason.CANCELLED, heard.finish());
        }
    }
}
