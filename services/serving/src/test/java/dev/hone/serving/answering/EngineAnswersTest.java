package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Event;
import dev.hone.llm.engine.EngineBusy;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.feedback.AnswerIds;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.FakeModels;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.serving.registry.Records;
import dev.hone.serving.registry.RegistryListener;
import dev.hone.serving.registry.SharedLoader;
import dev.hone.testkit.Await;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EngineAnswersTest {
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    private final FakeEngine engine = new FakeEngine();
    private final FakeModels store = new FakeModels();
    private final Queue<Runnable> adapterLoads = new ArrayDeque<>();
    private final Queue<Runnable> copies = new ArrayDeque<>();
    private final List<String> shadows = new ArrayList<>();
    private final List<AnswerLog.Entry> logged = new ArrayList<>();
    private final AnswerMemory memory = new AnswerMemory(10_000);
    private final AnswerIds ids = AnswerIds.ofThisProcess(Clock.systemUTC());
    private final ServingObserver observer = new ServingObserver() {
        @Override
        public void shadowed(String model, String revision, Shadow outcome, Duration took, double agreement) {
            shadows.add(revision + " " + outcome + " " + agreement);
        }
    };
    private final AdapterCache adapters = new AdapterCache(store, adapterLoads::add, new AdapterCache.Limits(1000, 1), new AdapterCache.Observer() {});
    private final ModelRegistry registry = new ModelRegistry(new SharedLoader(store, adapters, observer), background, new RegistryListener() {
        @Override
        public void unservable(Event<Deploy> record, String revision, String reason) {}

        @Override
        public void failedTrial(Event<Deploy> record, String reason) {}
    }, observer);
    private Duration adapterWait = Duration.ofSeconds(30);

    /** What a face sees. */
    private static class Heard implements AnswerSink {
        private final List<String> said = new ArrayList<>();
        private String id = "";

        @Override
        public void begin(String answerId, String model, String revision) {
            id = answerId;
            said.add("begin " + model + " " + revision);
        }

        @Override
        public void piece(String text, List<TokenLogprob> tokens) {
            said.add(text);
        }

        @Override
        public void end(FinishReason finish, int promptTokens, int completionTokens) {
            said.add("end " + finish);
        }

        @Override
        public void refused(Refusal refusal) {
            said.add(refusal.code() + ": " + refusal.getMessage());
        }
    }

    @AfterEach
    void stop() {
        background.shutdownNow();
    }

    private Answers answers() {
        return new EngineAnswers(engine, registry, ids, memory, logged::add, observer, new EngineAnswers.Settings(Runnable::run, copies::add, 4, adapterWait));
    }

    private void replay(Event<Deploy> record) throws Exception {
        registry.replay(Map.of(record.data().getModelName(), record));
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
    }

    private void serve(DeployedRevision revision) throws Exception {
        replay(Records.serve("support", revision));
    }

    private static Question question(Prompt prompt, long deadline) {
        return new Question(Caller.ANYONE, "support", Optional.empty(), prompt, Sampling.greedy(5), Format.FREE, -1, false, deadline);
    }

    private static Question hello() {
        return question(new Prompt.Text("Hello there"), Long.MAX_VALUE);
    }

    private Heard ask(Question question) {
        Heard heard = new Heard();
        answers().ask(question, heard);
        return heard;
    }

    /** Nothing holds the revision any more when its model can be closed. */
    private void assertReleased() throws Exception {
        registry.withdraw("support");
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertTrue(store.closed.stream().anyMatch(name -> name.startsWith("models/") || name.startsWith("base/")), store.closed.toString());
    }

    @Test
    void givenAQuestion_whenTheEngineAnswers_thenTheSinkHearsOneRevisionAndAnIdThatIsSigned() throws Exception {
        serve(Records.model("r1"));
        Heard heard = ask(hello());
        assertEquals(List.of(), heard.said);
        engine.last().answer("Hi!");

        assertEquals(List.of("begin support r1", "Hi!", "end STOP"), heard.said);
        assertEquals("r1", ids.verified(heard.id).orElseThrow().revision());
        AnswerMemory.Answer remembered = memory.recall(heard.id).orElseThrow();
        assertEquals("Hi!", remembered.text());
        assertEquals(List.of(new ChatMessage("user", "Hello there")), remembered.prompt());
        assertEquals("Hi!", logged.getFirst().answer());
        assertReleased();
    }

    @Test
    void givenARevisionThatIsReplacedMeanwhile_whenTheAnswerEnds_thenItIsTheFirstRevisionsToItsEnd() throws Exception {
        serve(Records.model("r1"));
        Heard heard = ask(hello());
        registry.deploy(Records.serve("support", Records.model("r2")));
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertEquals(List.of(), store.closed);
        assertEquals("models/r1", engine.last().ask().model().toString());

        engine.last().answer("Hi!");
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertEquals("begin support r1", heard.said.getFirst());
        assertEquals(List.of("models/r1"), store.closed);
    }

    @Test
    void givenPromptsThatCannotBeRead_whenAsked_thenEachIsRefusedWithASentence() throws Exception {
        serve(Records.model("r1"));
        assertEquals("INVALID_ARGUMENT: Expected a prompt of 1 to 99 tokens, as the model reads 100 with its answer; found 0.",
                ask(question(new Prompt.Text(""), Long.MAX_VALUE)).said.getFirst());
        assertTrue(ask(question(new Prompt.Text("word ".repeat(500)), Long.MAX_VALUE)).said.getFirst().startsWith("INVALID_ARGUMENT: Expected a prompt of 1 to 99 tokens"));
        assertTrue(ask(question(new Prompt.Tokens(new int[] {1_000_000}), Long.MAX_VALUE)).said.getFirst().startsWith("INVALID_ARGUMENT: Expected token ids from 0 to"));
        Question regex = new Question(Caller.ANYONE, "support", Optional.empty(), new Prompt.Text("a"), Sampling.greedy(5), new Format.Regex("("), -1, false, Long.MAX_VALUE);
        assertTrue(ask(regex).said.getFirst().startsWith("INVALID_ARGUMENT"));
        assertEquals(0, engine.asked.size());
        assertReleased();
    }

    @Test
    void givenABusyOrStoppingEngine_whenAsked_thenTheRefusalSaysWhich() throws Exception {
        serve(Records.model("r1"));
        engine.busy = Optional.of(new EngineBusy("full", false));
        assertTrue(ask(hello()).said.getFirst().startsWith("RESOURCE_EXHAUSTED"));
        engine.busy = Optional.of(new EngineBusy("stops", true));
        assertTrue(ask(hello()).said.getFirst().startsWith("UNAVAILABLE"));
        assertReleased();
    }

    @Test
    void givenTooManyPromptsThatWait_whenAsked_thenItIsRefusedAtOnce() throws Exception {
        serve(Records.model("r1"));
        Answers full = new EngineAnswers(engine, registry, ids, memory, AnswerLog.OFF, observer, new EngineAnswers.Settings(work -> {
            throw new RejectedExecutionException();
        }, copies::add, 4, adapterWait));
        Heard heard = new Heard();
        full.ask(hello(), heard);
        assertTrue(heard.said.getFirst().startsWith("RESOURCE_EXHAUSTED"));
        assertReleased();
    }

    @Test
    void givenADeadlineThatHasPassed_whenAsked_thenTheEngineIsNotTroubled() throws Exception {
        serve(Records.model("r1"));
        assertTrue(ask(question(new Prompt.Text("Hello"), System.nanoTime() - 1)).said.getFirst().startsWith("DEADLINE_EXCEEDED"));
        assertEquals(0, engine.asked.size());
        assertReleased();
    }

    @Test
    void givenEndsThatAreNoAnswers_whenTheEngineTellsThem_thenEachIsARefusalAfterWhatWasSaid() throws Exception {
        serve(Records.model("r1"));
        Heard late = ask(hello());
        engine.last().listener().piece("Hi", List.of());
        engine.last().end("Hi", FinishReason.DEADLINE);
        assertEquals(List.of("begin support r1", "Hi", "DEADLINE_EXCEEDED: The answer was not complete by the deadline."), late.said);

        Heard drained = ask(hello());
        engine.last().end("", FinishReason.CANCELLED);
        assertTrue(drained.said.getFirst().startsWith("UNAVAILABLE"));

        Heard broken = ask(hello());
        engine.last().listener().failed(new IllegalStateException("a bug"));
        assertTrue(broken.said.getFirst().startsWith("INTERNAL"));
        assertReleased();
    }

    @Test
    void givenAnAnswerUnderWay_whenItIsCancelled_thenTheEngineIsToldAndTheEndIsARefusal() throws Exception {
        serve(Records.model("r1"));
        Heard heard = new Heard();
        Answers.InFlight inFlight = answers().ask(hello(), heard);
        inFlight.cancel();
        assertEquals(1, engine.cancelled);
        engine.last().end("", FinishReason.CANCELLED);
        assertEquals(List.of("CANCELLED: The request was cancelled."), heard.said);
        assertReleased();
    }

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
