package dev.hone.serving.answer;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.v1.ServedModel;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What is deployed here, to be asked. Thread-safe; nothing in it waits, so event loops may call it. */
public interface Answers {
    /** An answer on its way. */
    interface InFlight {
        /** Nobody waits for it any more. */
        void cancel();
    }

    /** Log-probabilities of each continuation's tokens. */
    record Scores(String revision, int contextTokens, List<List<TokenLogprob>> continuations) {}

    /** @param vector of length 1 */
    record Embedding(String revision, int tokens, float[] vector) {}

    /** Refusals go to the sink. */
    InFlight ask(Question question, AnswerSink sink);

    /** Fails with a {@link Refusal}. */
    CompletableFuture<Scores> score(Caller caller, String model, Prompt context, List<Prompt> continuations, long deadlineNanos);

    /** Fails with a {@link Refusal}. */
    CompletableFuture<Embedding> embed(Caller caller, String model, Prompt text, long deadlineNanos);

    List<ServedModel> models();
}
