package dev.hone.llm.eval;

/** Told of an evaluation's progress, on the thread that evaluates. */
public interface EvaluationObserver {
    /** For callers that wait. */
    EvaluationObserver NONE = new EvaluationObserver() {};

    /**
     * @param rows rows scored so far
     * @param of   rows to score
     * @param loss mean loss over their answer tokens, in nats
     */
    default void scored(int rows, int of, double loss) {}

    /**
     * @param rows rows answered so far
     * @param of   rows to answer
     */
    default void answered(int rows, int of) {}
}
