package dev.hone.llm.engine;

/** Too many requests wait already, or the engine takes no more because it stops; {@link #stopping} says which. */
public final class EngineBusy extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean stopping;

    public EngineBusy(String message, boolean stopping) {
        super(message);
        this.stopping = stopping;
    }

    public boolean stopping() {
        return stopping;
    }
}
