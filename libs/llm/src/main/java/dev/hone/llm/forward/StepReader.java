package dev.hone.llm.forward;

/** Takes what a step computed. Called by several threads at once, for different tokens; the arrays are overwritten afterwards. */
public interface StepReader {
    /**
     * @param slice number in the step
     * @param index of the token in the slice
     * @param logits [V] for the token after it
     */
    void logits(int slice, int index, float[] logits);

    /** @param hidden [D] after the final norm, of a slice that asked for it */
    default void hidden(int slice, int index, float[] hidden) {}
}
