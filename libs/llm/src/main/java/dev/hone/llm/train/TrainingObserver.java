package dev.hone.llm.train;

/** Hears of a run as it goes, on the training thread: return quickly. */
public interface TrainingObserver {
    default void step(StepReport report) {}

    default void validated(ValidationReport report) {}

    /** A checkpoint of this step was saved. */
    default void checkpointed(long step) {}
}
