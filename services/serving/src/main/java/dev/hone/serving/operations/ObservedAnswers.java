package dev.hone.serving.operations;

import dev.hone.serving.answer.AnswerSink;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.v1.ServedModel;
import io.opentelemetry.api.trace.Tracer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;

/** Counts, times and traces what is asked, and refuses once the replica stops. Every face asks through it. */
public final class ObservedAnswers implements Answers {
    private static final InFlight NOTHING = () -> { };

    private final Answers answers;
    private final ServingMeters meters;
    private final ReplicaState state;
    private final Tracer tracer;

    private ObservedAnswers(Answers answers, ServingMeters meters, ReplicaState state, Tracer tracer) {
        this.answers = answers;
        this.meters = meters;
        this.state = state;
        this.tracer = tracer;
    }

    /** @param tracer its spans continue the trace of the thread's current context */
    public static Answers around(Answers answers, ServingMeters meters, ReplicaState state, Tracer tracer) {
        return new ObservedAnswers(answers, meters, state, tracer);
    }

    @Override
    public InFlight ask(Question question, AnswerSink sink) {
        ObservedSink observed = new ObservedSink(sink, meters, new AnswerSpans(tracer, "answer"), question.model());
        if (state.refuses()) {
            observed.refused(stopping());
            return NOTHING;
        }
        InFlight inFlight = answers.ask(question, observed);
        return () -> {
            observed.cancelled();
            inFlight.cancel();
        };
    }

    private static Refusal stopping() {
        return new Refusal(Refusal.Code.UNAVAILABLE, "This replica is stopping and takes no more requests. Ask again: another one answers.");
    }

    @Override
    public CompletableFuture<Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos) {
        return observed("score", model, Scores::revision, Scores::contextTokens, () -> answers.score(caller, model, context, continuations, deadlineNanos));
    }

    @Override
    public CompletableFuture<Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos) {
        return observed("embed", model, Embedding::revision, Embedding::tokens, () -> answers.embed(caller, model, text, deadlineNanos));
    }

    private interface Call<T> {
        CompletableFuture<T> make();
    }

    /** The caller gets the very future that the answer comes in, so that cancelling it still reaches whoever computes it. */
    private <T> CompletableFuture<T> observed(String call, String model, Function<T, String> revision, Function<T, Integer> promptTokens, Call<T> made) {
        if (state.refuses()) {
            meters.refused(model, call, Refusal.Code.UNAVAILABLE.name());
            return CompletableFuture.failedFuture(stopping());
        }
        AnswerSpans spans = new AnswerSpans(tracer, call);
        CompletableFuture<T> future = made.make();
        future.whenComplete((result, failure) -> {
            if (failure == null) {
                meters.of(model, revision.apply(result)).request(call, "OK");
                spans.end(model, revision.apply(result), promptTokens.apply(result), 0);
            } else {
                String outcome = outcome(failure);
                meters.refused(model, call, outcome);
                spans.failed(outcome);
            }
        });
        return future;
    }

    private static String outcome(Throwable failure) {
        Throwable cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return switch (cause) {
            case Refusal refusal -> refusal.code().name();
            case java.util.concurrent.CancellationException cancelled -> Refusal.Code.CANCELLED.name();
            default -> Refusal.Code.INTERNAL.name();
        };
    }

    @Override
    public List<ServedModel> models() {
        return answers.models();
    }
}
