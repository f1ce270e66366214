package dev.hone.llm.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScoresAndEmbeddingsTest {
    private static final double CLOSE = 1e-5;

    /** Log softmax, the slow way. */
    private static double logprob(float[] logits, int token) {
        double sum = IntStream.range(0, logits.length).mapToDouble(i -> Math.exp(logits[i])).sum();
        return logits[token] - Math.log(sum);
    }

    private static int[] joined(int[] a, int[] b) {
        int[] all = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static double[] expected(FakeForward forward, int[] context, int[] continuation) {
        int[] all = joined(context, continuation);
        float[][] logits = forward.logitsOf(all, Optional.empty());
        return IntStream.range(0, continuation.length).mapToDouble(i -> logprob(logits[context.length - 1 + i], continuation[i])).toArray();
    }

    private static double[] logprobs(List<TokenLogprob> tokens) {
        return tokens.stream().mapToDouble(TokenLogprob::logprob).toArray();
    }

    @Test
    void givenContinuations_whenScored_thenEachTokensLogprobIsThatAfterContextAndTokensBefore() throws EngineBusy {
        try (Bench bench = Bench.roomy()) {
            int[] context = Bench.prompt(70, 1);
            List<int[]> continuations = List.of(Bench.prompt(3, 2), Bench.prompt(1, 3), new int[0], Bench.prompt(40, 4));

            List<List<TokenLogprob>> scores = Heard.within(bench.engine.score(bench.model(), Optional.empty(), context, continuations, Long.MAX_VALUE));

            assertEquals(4, scores.size());
            for (int i = 0; i < 4; i++) {
                assertArrayEquals(expected(bench.forward(ServedAs.STORED), context, continuations.get(i)), logprobs(scores.get(i)), CLOSE);
                assertArrayEquals(continuations.get(i), scores.get(i).stream().mapToInt(TokenLogprob::token).toArray());
            }
        }
    }

    @Test
    void givenContinuations_whenScored_thenTheContextsBlocksAreReadOnce() throws EngineBusy {
        try (Bench bench = Bench.roomy()) {
            List<int[]> continuations = IntStream.range(0, 8).mapToObj(i -> Bench.prompt(2, i)).toList();
            Heard.within(bench.engine.score(bench.model(), Optional.empty(), Bench.prompt(100, 1), continuations, Long.MAX_VALUE));

            int computed = bench.forward(ServedAs.STORED).seen.stream().mapToInt(FakeForward.Step::total).sum();
            // 6 full blocks once; the context's last 4 tokens and each continuation's first for each
            assertEquals(96 + 8 * 5, computed);
        }
    }

    @Test
    void givenNothingToScore_whenScored_thenNothingIsComputed() throws EngineBusy {
        try (Bench bench = Bench.roomy()) {
            assertEquals(List.of(List.of()), Heard.within(bench.engine.score(bench.model(), Optional.empty(), new int[] {1}, List.of(new int[0]), Long.MAX_VALUE)));
            assertTrue(bench.forward(ServedAs.STORED).seen.isEmpty());
        }
    }

    @Test
    void givenASmallCacheAndManyScores_whenPreempted_thenScoresAreTheSame() throws EngineBusy {
        try (Bench bench = new Bench(Bench.settings(9, 8, 100, 40))) {
            LoadedModel model = bench.model();
            List<CompletableFuture<List<List<TokenLogprob>>>> futures = new ArrayList<>();
            List<Heard> answers = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                answers.add(bench.ask(model, Bench.prompt(20, 50 + i), Sampling.greedy(40)));
                futures.add(bench.engine.score(model, Optional.empty(), Bench.prompt(40 + i, i), List.of(Bench.prompt(30, 10 + i), Bench.prompt(5, 20 + i)), Long.MAX_VALUE));
            }
            for (int i = 0; i < 6; i++) {
                List<List<TokenLogprob>> scores = Heard.within(futures.get(i));
                assertArrayEquals(expected(bench.forward(ServedAs.STORED), Bench.prompt(40 + i, i), Bench.prompt(30, 10 + i)), logprobs(scores.get(0)), CLOSE);
                assertArrayEquals(expected(bench.forward(ServedAs.STORED), Bench.prompt(40 + i, i), Bench.prompt(5, 20 + i)), logprobs(scores.get(1)), CLOSE);
                assertEquals(bench.alone(Bench.prompt(20, 50 + i), Sampling.greedy(40)), answers.get(i).completion());
            }
        }
    }

    @Test
    void givenAScoreThatNobodyWaitsFor_whenCancelledOrExpired_thenItsPlaceIsFree() throws Exception {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            FakeForward forward = bench.forward(ServedAs.STORED).gated();
            CompletableFuture<List<List<TokenLogprob>>> cancelled = bench.engine.score(model, Optional.empty(), Bench.prompt(200, 1), List.of(Bench.prompt(3, 2)), Long.MAX_VALUE);
            CompletableFuture<float[]> expired = bench.engine.embed(model, Optional.empty(), Bench.prompt(200, 1), System.nanoTime());
            forward.let(1);
            cancelled.cancel(true);
            forward.letAll();

            assertInstanceOf(TimeoutException.class, assertThrows(ExecutionException.class, () -> expired.get(20, TimeUnit.SECONDS)).getCause());
            Bench.until(() -> bench.engine.status().running() == 0 && bench.engine.status().waiting() == 0);
            assertTrue(forward.seen.stream().mapToInt(FakeForward.Step::total).sum() < 200);
        }
    }

    @Test
    void givenAText_whenEmbedded_thenTheVectorIsTheMeanOfItsHiddenStatesOfLengthOne() throws EngineBusy {
        try (Bench bench = new Bench(Bench.settings(100, 4, 10, 32))) {
            int[] text = Bench.prompt(77, 6);

            float[] vector = Heard.within(bench.engine.embed(bench.model(), Optional.empty(), text, Long.MAX_VALUE));

            float[][] states = bench.forward(ServedAs.STORED).hiddenOf(text, Optional.empty());
            double[] mean = IntStream.range(0, FakeForward.WIDTH).mapToDouble(i -> Arrays.stream(states).mapToDouble(state -> state[i]).average().orElseThrow()).toArray();
            double norm = Math.sqrt(Arrays.stream(mean).map(x -> x * x).sum());
            for (int i = 0; i < vector.length; i++) {
                assertEquals(mean[i] / norm, vector[i], 1e-6);
            }
        }
    }

    private static Ask told(LoadedModel model, int[] prompt, int tokens, int alternatives, boolean echo) {
        return new Ask(model, Optional.empty(), prompt, Bench.warm(4, tokens), Optional.empty(), alternatives, echo, Long.MAX_VALUE, "");
    }

    @Test
    void givenAnEcho_whenAskedTwice_thenThePromptsTokensComeWithTheirLogprobsThoughItsBlocksAreKnown() {
        try (Bench bench = new Bench(Bench.settings(100, 4, 10, 32))) {
            LoadedModel model = bench.model();
            int[] prompt = Bench.prompt(90, 8);
            bench.ask(told(model, prompt, 3, 2, false)).completion();

            Heard heard = bench.ask(told(model, prompt, 3, 2, true));

            assertEquals(bench.alone(prompt, Bench.warm(4, 3)), heard.completion());
            assertArrayEquals(prompt, heard.prompt.stream().mapToInt(TokenLogprob::token).toArray());
            assertTrue(Double.isNaN(heard.prompt.getFirst().logprob()));
            double[] rest = expected(bench.forward(ServedAs.STORED), Arrays.copyOf(prompt, 1), Arrays.copyOfRange(prompt, 1, 90));
            assertArrayEquals(rest, Arrays.copyOfRange(logprobs(heard.prompt), 1, 90), CLOSE);
            assertEquals(2, heard.prompt.get(1).alternatives().size());
        }
    }

    @Test
    void givenAnEchoOfNoFurtherToken_whenAsked_thenOnlyThePromptIsTold() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            Heard heard = bench.ask(told(model, Bench.prompt(20, 8), 0, 0, true));

            assertEquals(FinishReason.LENGTH, heard.finish());
            assertEquals(0, heard.completion().completionTokens());
            assertEquals(20, heard.prompt.size());
        }
    }

    @Test
    void givenLogprobs_whenAnAnswerIsMade_thenEachTokenIsToldWithTheLikeliestBesideIt() {
        try (Bench bench = Bench.roomy()) {
            LoadedModel model = bench.model();
            int[] prompt = Bench.prompt(12, 9);
            Heard heard = bench.ask(told(model, prompt, 10, 5, false));
            heard.completion();

            int[] made = heard.tokens.stream().mapToInt(TokenLogprob::token).toArray();
            float[][] logits = bench.forward(ServedAs.STORED).logitsOf(joined(prompt, made), Optional.empty());
            for (int i = 0; i < made.length; i++) {
                float[] at = logits[prompt.length - 1 + i];
                int[] likeliest = IntStream.range(0, at.length).boxed().sorted(Comparator.comparingDouble(id -> -at[id])).limit(5).mapToInt(id -> id).toArray();
                assertEquals(logprob(at, made[i]), heard.tokens.get(i).logprob(), CLOSE);
                assertArrayEquals(likeliest, heard.tokens.get(i).alternatives().stream().mapToInt(TokenLogprob::token).toArray());
            }
            assertTrue(made.length > 3);
        }
    }
}
