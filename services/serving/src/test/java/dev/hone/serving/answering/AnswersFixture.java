package dev.hone.serving.answering;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Event;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** Answers over an engine that says what a test tells it to. */
abstract class AnswersFixture {
    final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    final FakeEngine engine = new FakeEngine();
    final FakeModels store = new FakeModels();
    final Queue<Runnable> adapterLoads = new ArrayDeque<>();
    final Queue<Runnable> copies = new ArrayDeque<>();
    final List<String> shadows = new ArrayList<>();
    final List<AnswerLog.Entry> logged = new ArrayList<>();
    final AnswerMemory memory = new AnswerMemory(10_000);
    final AnswerIds ids = AnswerIds.ofThisProcess(Clock.systemUTC());
    final ServingObserver observer = new ServingObserver() {
        @Override
        public void shadowed(String model, String revision, Shadow outcome, Duration took, double agreement) {
            shadows.add(revision + " " + outcome + " " + agreement);
        }
    };
    final AdapterCache adapters = new AdapterCache(store, adapterLoads::add, new AdapterCache.Limits(1000, 1), new AdapterCache.Observer() {});
    final ModelRegistry registry = new ModelRegistry(new SharedLoader(store, adapters, observer), background, new RegistryListener() {
        @Override
        public void unservable(Event<Deploy> record, String revision, String reason, Throwable cause) {}

        @Override
        public void failedTrial(Event<Deploy> record, String reason) {}
    }, observer);
    Duration adapterWait = Duration.ofSeconds(30);

    /** What a face sees. */
    static class Heard implements AnswerSink {
        final List<String> said = new ArrayList<>();
        String id = "";

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

    Answers answers() {
        return new EngineAnswers(engine, registry, ids, memory, logged::add, observer, new EngineAnswers.Settings(Runnable::run, copies::add, 4, adapterWait));
    }

    void replay(Event<Deploy> record) throws Exception {
        registry.replay(Map.of(record.data().getModelName(), record));
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
    }

    void serve(DeployedRevision revision) throws Exception {
        replay(Records.serve("support", revision));
    }

    static Question question(Prompt prompt, long deadline) {
        return new Question(Caller.ANYONE, "support", Optional.empty(), prompt, Sampling.greedy(5), Format.FREE, -1, false, deadline);
    }

    static Question hello() {
        return question(new Prompt.Text("Hello there"), Long.MAX_VALUE);
    }

    Heard ask(Question question) {
        Heard heard = new Heard();
        answers().ask(question, heard);
        return heard;
    }

    /** Nothing holds the revision any more when its model can be closed. */
    void assertReleased() throws Exception {
        registry.withdraw("support");
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        assertTrue(store.closed.stream().anyMatch(name -> name.startsWith("models/") || name.startsWith("base/")), store.closed.toString());
    }
}
