package dev.hone.llm.generate;

/** Why an answer is over. */
public enum FinishReason {
    /** The model ended its turn, a stop string was met, or nothing more may follow where the text is constrained. */
    STOP,
    /** The most tokens asked for were made, or the context or the cache is full. */
    LENGTH,
    /** The caller no longer wants it. */
    CANCELLED,
    /** Its deadline passed before it was complete. */
    DEADLINE
}
