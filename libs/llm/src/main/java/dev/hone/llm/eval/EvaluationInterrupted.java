package dev.hone.llm.eval;

/** The caller asked to stop; there is no result. Evaluating again starts from the beginning. */
public final class EvaluationInterrupted extends Exception {
    EvaluationInterrupted() {
        super("The evaluation was asked to stop before it was done.");
    }
}
