package dev.hone.serving.answering;

import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.feedback.AnswerIds;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.registry.Lease;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.v1.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Asks the engine, by the revision that the registry chooses. */
public final class EngineAnswers implements Answers {
    private final AnswerDesk desk;

    /**
     * @param prompts a few threads with a bounded queue, for templates and tokenizers
     * @param shadows one thread with a bounded queue, for copies of requests
     * @param shadowsBeside answers beside which a copy may begin
     * @param adapterWait longest wait for an adapter from the store
     */
    public record Settings(Executor prompts, Executor shadows, int shadowsBeside, Duration adapterWait) {}

    public EngineAnswers(Engine engine, ModelRegistry registry, AnswerIds ids, AnswerMemory memory, AnswerLog log, ServingObserver observer, Settings settings) {
        Waiting waiting = new Waiting(settings.adapterWait());
        Shadows shadows = new Shadows(engine, registry, observer, waiting, settings.shadows(), settings.shadowsBeside());
        desk = new AnswerDesk(engine, registry, ids, memory, log, shadows, waiting, settings.prompts());
    }

    static Refusal tooMany() {
        return new Refusal(Refusal.Code.RESOURCE_EXHAUSTED, "Too many requests wait for their turn here. Try again later, or add replicas.");
    }

    @Override
    public InFlight ask(Question question, AnswerSink sink) {
        AnswerRun run;
        try {
            run = new AnswerRun(question, sink, desk.registry().lease(question.model(), Prompts.conversation(question)), desk);
        } catch (Refusal refusal) {
            sink.refused(refusal);
            return () -> {};
        }
        run.start();
        return run;
    }

    @Override
    public CompletableFuture<Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos) {
        return Computation.of(desk, model, deadlineNanos, (lease, adapter) -> {
            int[] read = Prompts.tokens(orBegin(context, lease), lease.model());
            List<int[]> wanted = new ArrayList<>();
            for (Prompt continuation : continuations) {
                wanted.add(fitting(Prompts.raw(continuation, lease.model().tokenizer()), read.length, lease));
            }
            CompletableFuture<List<List<TokenLogprob>>> scores = desk.engine().score(lease.model(), adapter, read, wanted, deadlineNanos);
            return new Computation.Begun<>(scores, values -> new Scores(lease.revision().label(), read.length, values));
        });
    }

    /** What stands before everything, where nothing is given to stand before: the first token has no probability of its own. */
    private static Prompt orBegin(Prompt context, Lease lease) {
        boolean nothing = context instanceof Prompt.Text text && text.text().isEmpty() || context instanceof Prompt.Tokens tokens && tokens.ids().length == 0;
        var tokenizer = lease.model().tokenizer();
        if (!nothing) {
            return context;
        }
        return new Prompt.Tokens(new int[] {tokenizer.beginToken().orElseGet(() -> tokenizer.endTokens().stream().mapToInt(Integer::intValue).min().orElse(0))});
    }

    private static int[] fitting(int[] continuation, int context, Lease lease) throws Refusal {
        if (continuation.length == 0 || context + continuation.length > lease.model().contextLength()) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, "Expected continuations of 1 to " + (lease.model().contextLength() - context) + " tokens after a context of "
                    + context + ", as the model reads " + lease.model().contextLength() + "; found one of " + continuation.length + ".", "continuations");
        }
        return continuation;
    }

    @Override
    public CompletableFuture<Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos) {
        return Computation.of(desk, model, deadlineNanos, (lease, adapter) -> {
            int[] read = Prompts.tokens(text, lease.model());
            CompletableFuture<float[]> vector = desk.engine().embed(lease.model(), adapter, read, deadlineNanos);
            return new Computation.Begun<>(vector, values -> new Embedding(lease.revision().label(), read.length, values));
        });
    }

    @Override
    public List<ServedModel> models() {
        return desk.registry().list();
    }
}
