package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.registry.Records;
import dev.hone.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Answers that wait for an adapter, copies that nobody sees, scores. */
class LateAndUnseenAnswersTest extends AnswersFixture {
    @Test
    void givenAnAdapterInTheStore_whenAsked_thenTheAnswerWaitsForItAndHasIt() throws Exception {
        serve(Records.adapter("a1").toBuilder().setWeights("unmerged").build());
        Heard heard = ask(hello());
        assertEquals(0, engine.asked.size());
        adapterLoads.remove().run();

        assertEquals("adapters/a1", engine.last().ask().adapter().orElseThrow().toString());
        engine.last().answer("Hi!");
        assertEquals("end STOP", heard.said.getLast());
        assertReleased();
        assertTrue(store.closed.contains("adapters/a1"), store.closed.toString());
    }

    @Test
    void givenAnAdapterThatDoesNotCome_whenTheWaitIsOverOrCancelled_thenTheRequestIsRefusedAndWhatComesLateIsGivenBack() throws Exception {
        serve(Records.adapter("a1").toBuilder().setWeights("unmerged").build());
        Heard cancelled = new Heard();
        answers().ask(hello(), cancelled).cancel();
        assertEquals(List.of("CANCELLED: The request was cancelled."), cancelled.said);

        adapterWait = Duration.ofMillis(1);
        CompletableFuture<String> refused = new CompletableFuture<>();
        answers().ask(hello(), new Heard() {
            @Override
            public void refused(Refusal refusal) {
                refused.complete(refusal.code() + ": " + refusal.getMessage());
            }
        });
        assertTrue(refused.get(10, TimeUnit.SECONDS).startsWith("UNAVAILABLE: The adapter of model \"support\" in revision a1 is still being loaded."));
        adapterLoads.remove().run();
        assertEquals(0, engine.asked.size());
        assertReleased();
        assertTrue(store.closed.contains("adapters/a1"), store.closed.toString());
    }

    @Test
    void givenABrokenAdapter_whenAsked_thenTheReasonIsInTheAnswer() throws Exception {
        store.broken.add("adapters/a1");
        serve(Records.adapter("a1").toBuilder().setWeights("unmerged").build());
        Heard heard = ask(hello());
        adapterLoads.remove().run();
        assertEquals(List.of("NOT_FOUND: The adapter of model \"support\" in revision a1 could not be loaded: Expected 8 weights, found 7."), heard.said);
        assertReleased();
    }

    @Test
    void givenAShadow_whenTheUsersAnswerHasEnded_thenACopyIsAnsweredAndComparedAndNobodySeesIt() throws Exception {
        replay(Records.trial("support", Records.model("r1"), Records.model("r2"), 0, 100));
        Heard heard = ask(hello());
        assertEquals(0, copies.size());
        engine.last().answer("Hi you");
        assertEquals("end STOP", heard.said.getLast());

        CompletableFuture<Void> copy = CompletableFuture.runAsync(copies.remove());
        Await.until("the copy", Duration.ofSeconds(10), () -> engine.asked.size() == 2);
        assertEquals("models/r2", engine.last().ask().model().toString());
        engine.last().answer("Hi you");
        copy.get(10, TimeUnit.SECONDS);
        assertEquals(List.of("r2 ANSWERED 1.0"), shadows);
        assertEquals(3, heard.said.size());
    }

    @Test
    void givenSomebodyWaits_whenACopyWouldBegin_thenItIsDropped() throws Exception {
        replay(Records.trial("support", Records.model("r1"), Records.model("r2"), 0, 100));
        ask(hello());
        engine.last().answer("Hi");
        engine.waiting = 1;
        copies.remove().run();
        assertEquals(List.of("r2 DROPPED NaN"), shadows);
        assertEquals(1, engine.asked.size());
    }

    @Test
    void givenAContext_whenScored_thenTheResultNamesItsRevisionAndFailuresAreRefusals() throws Exception {
        serve(Records.model("r1"));
        CompletableFuture<Answers.Scores> scores = answers().score(Caller.ANYONE, "support", new Prompt.Text(""), List.of(new Prompt.Text("Hello")), Long.MAX_VALUE);
        engine.scores.complete(List.of(List.of(new TokenLogprob(5, new byte[0], -1, List.of()))));
        assertEquals("r1", scores.get().revision());
        assertEquals(1, scores.get().contextTokens());

        assertArrayEquals(new float[] {1, 0}, answers().embed(Caller.ANYONE, "support", new Prompt.Text("Hello"), Long.MAX_VALUE).get().vector());
        CompletionException failure = assertThrows(CompletionException.class,
                () -> answers().score(Caller.ANYONE, "support", new Prompt.Text("a"), List.of(new Prompt.Text("")), Long.MAX_VALUE).join());
        assertEquals(Refusal.Code.INVALID_ARGUMENT, ((Refusal) failure.getCause()).code());
        assertReleased();
    }

    @Test
    void givenAConversation_whenItsKeyIsAsked_thenTheNameOrItsFirstWordsCount() {
        Prompt first = new Prompt.Chat(List.of(new ChatMessage("system", "Be kind"), new ChatMessage("user", "Hello")));
        Prompt later = new Prompt.Chat(List.of(new ChatMessage("system", "Be kind"), new ChatMessage("user", "Hello"), new ChatMessage("assistant", "Hi"), new ChatMessage("user", "And?")));
        assertEquals("Hello", Prompts.conversation(question(first, 0)));
        assertEquals("Hello", Prompts.conversation(question(later, 0)));
        assertEquals("named", Prompts.conversation(new Question(Caller.ANYONE, "support", Optional.of("named"), first, Sampling.greedy(1), Format.FREE, -1, false, 0)));
    }
}
