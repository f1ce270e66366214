package dev.hone.llm.engine;

import dev.hone.llm.generate.FinishReason;
import java.util.List;

/**
 * What a sequence is computed for. {@link #logits} and {@link #hidden} are called during a step by any thread, at most once
 * for a position until the sequence is preempted; everything else between steps by the engine's thread.
 */
sealed interface Task permits AnswerTask, ScoreTask, EmbedTask {
    /** The first position of the sequence whose logits or hidden state it still wants; what is before need not be computed for it. */
    int firstWanted();

    /** Whether it wants hidden states instead of logits. */
    default boolean wantsHidden() {
        return false;
    }

    /** @param logits [V] of what follows the token at the position */
    default void logits(int position, float[] logits) {}

    /** @param hidden [D] of the token at the position */
    default void hidden(int position, float[] hidden) {}

    /** The sequence left the queue for the first time. */
    default void admitted() {}

    /** A step computed all tokens before this position. */
    Verdict stepped(int computed);

    /** Nothing more is computed for it: {@link FinishReason#STOP} if it has all it wanted. Its place is free already. */
    void end(FinishReason reason);

    /** It ends because of a bug. */
    void fail(Throwable bug);

    /** Further sequences that may begin now; each is told once. */
    default List<Sequence> followers(int computed) {
        return List.of();
    }

    /** What follows from a step. */
    sealed interface Verdict {
        Verdict GO_ON = new GoOn();

        record GoOn() implements Verdict {}

        record Done(FinishReason reason) implements Verdict {}

        record Failed(Throwable bug) implements Verdict {}
    }
}
