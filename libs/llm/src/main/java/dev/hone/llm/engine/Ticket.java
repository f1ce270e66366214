package dev.hone.llm.engine;

/** A request on its way. */
public interface Ticket {
    /** Nobody wants the answer any more: its place is free at the next step, and it ends as cancelled. */
    void cancel();
}
