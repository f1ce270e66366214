package dev.hone.llm.engine;

import dev.hone.llm.generate.Completion;
import java.util.List;

/** Told of one answer, in order, by one of the engine's threads: must return at once and never throw. */
public interface AnswerListener {
    /** The request left the queue and is computed from now on; once, before anything else. */
    default void admitted() {}

    /** Of an {@link Ask} with {@code echo}: every token of the prompt, before the first piece. */
    default void prompt(List<TokenLogprob> tokens) {}

    /**
     * @param text never half a character, never part of a stop string; may be empty
     * @param tokens that were made since the last piece, if log-probabilities were asked for
     */
    void piece(String text, List<TokenLogprob> tokens);

    /** The end, whatever its reason; the last call. */
    void end(Completion completion);

    /** The engine failed over it: a bug, or what was asked in case of an {@link IllegalArgumentException}. The last call. */
    void failed(Throwable bug);
}
