package dev.hone.serving.answer;

import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import java.util.List;

/** Where an answer goes: called in order by one thread at a time, which must not be held up. After {@link #end} or {@link #refused} nothing follows. */
public interface AnswerSink {
    /** The request left the queue and is computed from now on; at most once, before its first piece. */
    default void admitted() {}

    /** The answer begins. @param answerId signed; what feedback refers to */
    void begin(String answerId, String model, String revision);

    /** With {@link Question#echo}: the prompt's tokens, before the first piece. */
    default void prompt(List<TokenLogprob> tokens) {}

    void piece(String text, List<TokenLogprob> tokens);

    void end(FinishReason finish, int promptTokens, int completionTokens);

    /** Instead of a further piece or the end. */
    void refused(Refusal refusal);
}
