package dev.hone.llm.train;

/** Training was asked to stop and has saved a checkpoint: run it again to go on. */
public final class TrainingInterrupted extends RuntimeException {
    private final long step;

    public TrainingInterrupted(long step) {
        super("Training stopped after step " + step + " because it was asked to; a checkpoint was saved. Run it again to go on.");
        this.step = step;
    }

    public long step() {
        return step;
    }
}
