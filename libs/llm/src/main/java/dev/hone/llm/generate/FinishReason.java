package dev.hone.llm.generate;

/** Why an answer is over. */
public enum FinishReason {
    /** The model ended its turn, or a stop string was met. */
    STOP,
    /** The most tokens asked for were made, or the context is full. */
    LENGTH,
    /** The caller no longer wants it. */
    CANCELLED
}
