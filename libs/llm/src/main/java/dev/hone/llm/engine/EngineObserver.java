package dev.hone.llm.engine;

/** Told what the engine does, by the engine's thread: must return at once. */
public interface EngineObserver {
    EngineObserver NONE = new EngineObserver() {};

    /**
     * After every step.
     *
     * @param sequences in the batch
     * @param promptTokens read of prompts
     * @param answerTokens made
     */
    default void stepped(LoadedModel model, int sequences, int promptTokens, int answerTokens, long nanos) {}

    /** A request left the queue and runs. */
    default void admitted(LoadedModel model, long waitedNanos) {}

    default void firstToken(LoadedModel model, long sinceAskedNanos) {}

    default void nextToken(LoadedModel model, long sinceLastNanos) {}

    /** A running sequence gave its blocks up and will be computed again. */
    default void preempted(LoadedModel model) {}
}
