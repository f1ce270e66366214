package dev.hone.llm.engine;

/** Where a sequence is. */
sealed interface Phase {
    Waiting WAITING = new Waiting();
    Ended ENDED = new Ended();

    /** It holds no block: newly asked, or preempted. */
    record Waiting() implements Phase {}

    /** It has a seat in the batch and blocks. */
    record Running(BlockTable table) implements Phase {}

    /** It holds nothing and its task was told. */
    record Ended() implements Phase {}
}
