package dev.hone.serving.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.FakeAnswers;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.ServedModel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GuardTest {
    private static final Caller ALI = new Caller("ali");
    private final FakeAnswers answers = new FakeAnswers();
    private final AtomicLong clock = new AtomicLong();

    @AfterEach
    void close() {
        answers.close();
    }

    private Guard guard(Grant grant) {
        Access access = new Access(List.of(ApiKey.ofSecret("ali", "open-sesame", grant)), Optional.empty());
        return new Guard(answers, feedback -> "event of " + feedback.getAnswerId(), access, clock::get, Runnable::run);
    }

    private static Grant limits(int requests, long tokens, int concurrent) {
        return new Grant(Set.of(), requests == 0 ? OptionalInt.empty() : OptionalInt.of(requests), tokens == 0 ? OptionalLong.empty() : OptionalLong.of(tokens),
                concurrent == 0 ? OptionalInt.empty() : OptionalInt.of(concurrent));
    }

    private static final class Heard extends CompletableFuture<String> implements AnswerSink {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void begin(String answerId, String model, String revision) {}

        @Override
        public void piece(String piece, List<TokenLogprob> tokens) {
            if (text.length() < 100) {
                text.append(piece);
            }
        }

        @Override
        public void end(FinishReason finish, int promptTokens, int completionTokens) {
            complete(text.toString());
        }

        @Override
        public void refused(Refusal refusal) {
            completeExceptionally(refusal);
        }
    }

    private static Question question(String model, int tokens) {
        return new Question(ALI, model, Optional.empty(), new Prompt.Text("a b c"), Sampling.greedy(tokens), Format.FREE, -1, false, Long.MAX_VALUE);
    }

    private String ask(Guard guard, int tokens) {
        Heard heard = new Heard();
        guard.ask(question("m", tokens), heard);
        return heard.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private Refusal refused(Guard guard, String model) {
        Heard heard = new Heard();
        guard.ask(question(model, 1), heard);
        return assertInstanceOf(Refusal.class, assertThrows(CompletionException.class, heard::join).getCause());
    }

    @Test
    void givenRequestsPerMinute_whenTheyAreUsedUp_thenTheRefusalSaysWhenAndTimeHealsIt() {
        Guard guard = guard(limits(2, 0, 0));
        ask(guard, 1);
        ask(guard, 1);

        Refusal refusal = refused(guard, "m");

        assertEquals(Refusal.Code.RESOURCE_EXHAUSTED, refusal.code());
        // two a minute: one comes back every 30 s
        assertEquals(Duration.ofSeconds(30), refusal.retryAfter().orElseThrow());
        assertTrue(refusal.getMessage().contains("2 requests a minute") && refusal.getMessage().contains("30 s"), refusal.getMessage());
        clock.addAndGet(Duration.ofSeconds(30).toNanos());
        assertEquals("one", ask(guard, 1));
    }

    @Test
    void givenTokensPerMinute_whenAnAnswerPassesThem_thenTheNextWaitsUntilTheyAreBack() {
        Guard guard = guard(limits(0, 6, 0));
        // three of the prompt and five of the answer: two too many
        ask(guard, 5);

        Refusal refusal = refused(guard, "m");

        assertEquals(Refusal.Code.RESOURCE_EXHAUSTED, refusal.code());
        assertEquals(20, refusal.retryAfter().orElseThrow().plusMillis(500).toSeconds());
        clock.addAndGet(Duration.ofSeconds(21).toNanos());
        assertEquals("one", ask(guard, 1));
    }

    @Test
    void givenConcurrentRequests_whenOneEnds_thenItsPlaceIsFree() {
        Guard guard = guard(limits(0, 0, 1));
        Heard endless = new Heard();
        var inFlight = guard.ask(question("endless", 1), endless);

        assertEquals(Refusal.Code.RESOURCE_EXHAUSTED, refused(guard, "m").code());
        inFlight.cancel();
        assertThrows(CompletionException.class, () -> endless.orTimeout(10, TimeUnit.SECONDS).join());
        assertEquals("one", ask(guard, 1));
    }

    @Test
    void givenAllowedModels_whenAnotherIsAskedOrListed_thenItIsDeniedAndNotShown() {
        Guard guard = guard(new Grant(Set.of("m"), OptionalInt.empty(), OptionalLong.empty(), OptionalInt.empty()));

        Refusal refusal = refused(guard, "endless");

        assertEquals(Refusal.Code.PERMISSION_DENIED, refusal.code());
        assertEquals(List.of("m"), guard.models(ALI).stream().map(ServedModel::getName).toList());
        assertEquals(2, guard.models(new Caller("somebody else")).size());
        assertEquals("one", ask(guard, 1));
    }

    @Test
    void givenScoresEmbeddingsAndFeedback_whenAsked_thenTheyCountAsRequestsToo() {
        Guard guard = guard(limits(3, 0, 1));

        assertEquals(2, guard.score(ALI, "m", new Prompt.Text("a"), List.of(new Prompt.Text("b c")), Long.MAX_VALUE).join().continuations().getFirst().size());
        assertEquals(1, guard.embed(ALI, "m", new Prompt.Text("a"), Long.MAX_VALUE).join().tokens());
        assertEquals("event of a1", guard.feedback(ALI, FeedbackRequest.newBuilder().setModel("m").setAnswerId("a1").build()).join());
        assertEquals(Refusal.Code.RESOURCE_EXHAUSTED, refused(guard, "m").code());
    }
}
