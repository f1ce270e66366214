package dev.hone.serving.access;

import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Opinions;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.ServedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/** What the faces ask: the answers behind it, within what each caller was granted. Thread-safe; nothing in it waits. */
public final class Guard {
    /** Callers whose use is remembered: more than a key file has, and a bound where subjects of tokens come and go. */
    private static final int REMEMBERED_CALLERS = 10_000;

    private final Answers answers;
    private final Opinions opinions;
    private final Access access;
    private final LongSupplier nanoClock;
    private final Executor waiters;
    private final Map<Caller, Allowance> allowances = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Caller, Allowance> eldest) {
            return size() > REMEMBERED_CALLERS;
        }
    };

    public Guard(Answers answers, Opinions opinions, Access access) {
        this(answers, opinions, access, System::nanoTime, work -> Thread.ofVirtual().name("feedback").start(work));
    }

    /** @param waiters where work that waits is done */
    Guard(Answers answers, Opinions opinions, Access access, LongSupplier nanoClock, Executor waiters) {
        this.answers = answers;
        this.opinions = opinions;
        this.access = access;
        this.nanoClock = nanoClock;
        this.waiters = waiters;
    }

    public Answers.InFlight ask(Question question, AnswerSink sink) {
        Allowance allowance;
        try {
            allowance = admit(question.caller(), question.model());
        } catch (Refusal refusal) {
            sink.refused(refusal);
            return () -> {};
        }
        try {
            return answers.ask(question, new MeteredSink(sink, allowance));
        } catch (RuntimeException bug) {
            allowance.end(0);
            throw bug;
        }
    }

    /** Fails with a {@link Refusal}. */
    public CompletableFuture<Answers.Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos) {
        return metered(caller, model, () -> answers.score(caller, model, context, continuations, deadlineNanos),
                scores -> scores.contextTokens() + scores.continuations().stream().mapToInt(List::size).sum());
    }

    /** Fails with a {@link Refusal}. */
    public CompletableFuture<Answers.Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos) {
        return metered(caller, model, () -> answers.embed(caller, model, text, deadlineNanos), Answers.Embedding::tokens);
    }

    /** Those that the caller may ask. */
    public List<ServedModel> models(Caller caller) {
        Grant grant = access.grant(caller);
        return answers.models().stream().filter(model -> grant.allows(model.getName())).toList();
    }

    /** Fails with a {@link Refusal}. @return the event's id */
    public CompletableFuture<String> feedback(Caller caller, FeedbackRequest feedback) {
        return metered(caller, feedback.getModel(), () -> {
            CompletableFuture<String> id = new CompletableFuture<>();
            waiters.execute(() -> {
                try {
                    id.complete(opinions.accept(feedback));
                } catch (Refusal | RuntimeException e) {
                    id.completeExceptionally(e);
                }
            });
            return id;
        }, id -> 0);
    }

    private interface Work<T> {
        CompletableFuture<T> begin();
    }

    private <T> CompletableFuture<T> metered(Caller caller, String model, Work<T> work, ToIntFunction<T> tokens) {
        Allowance allowance;
        try {
            allowance = admit(caller, model);
        } catch (Refusal refusal) {
            return CompletableFuture.failedFuture(refusal);
        }
        CompletableFuture<T> result;
        try {
            result = work.begin();
        } catch (RuntimeException bug) {
            result = CompletableFuture.failedFuture(bug);
        }
        return told(result, value -> allowance.end(value == null ? 0 : tokens.applyAsInt(value)));
    }

    /** The place is given back before the result is told: whoever has it may ask again. Cancelling what is told cancels the work. */
    private static <T> CompletableFuture<T> told(CompletableFuture<T> result, Consumer<T> end) {
        CompletableFuture<T> told = new CompletableFuture<>();
        result.whenComplete((value, failure) -> {
            end.accept(value);
            if (failure == null) {
                told.complete(value);
            } else {
                told.completeExceptionally(failure);
            }
        });
        told.whenComplete((value, failure) -> {
            if (told.isCancelled()) {
                result.cancel(true);
            }
        });
        return told;
    }

    private Allowance admit(Caller caller, String model) throws Refusal {
        Grant grant = access.grant(caller);
        if (!grant.allows(model)) {
            throw new Refusal(Refusal.Code.PERMISSION_DENIED, "This key may not ask model \"" + model + "\". Those it may: " + String.join(", ", grant.models().stream().sorted().toList()) + ".", "model");
        }
        Allowance allowance;
        synchronized (allowances) {
            allowance = allowances.computeIfAbsent(caller, name -> new Allowance(grant, nanoClock));
        }
        allowance.begin();
        return allowance;
    }
}
