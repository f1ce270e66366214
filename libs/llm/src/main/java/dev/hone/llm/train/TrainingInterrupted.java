package dev.hone.llm.train;

/**
 * Training was asked to stop, and saved a checkpoint unless its loss looked diverged just then: run it again to go on from the
 * last one.
 */
public final class TrainingInterrupted extends RuntimeException {
    private final long step;

    public TrainingInterrupted(long step) {
        super("Training stopped after step " + step + " because it was asked to. Run it again to go on from its last checkpoint.");
        this.step = step;
    }

    public long step() {
        return step;
    }
}
