package dev.hone.llm.generate;

/** Two arrays of each thread's own, as long as the vocabulary: an answer needs them only while a token is chosen. */
final class Scratch {
    private static final ThreadLocal<Scratch> OWN = ThreadLocal.withInitial(Scratch::new);

    private float[] logits = {};
    private float[] weights = {};

    private Scratch() {}

    static float[] logits(int length) {
        Scratch own = OWN.get();
        if (own.logits.length != length) {
            own.logits = new float[length];
        }
        return own.logits;
    }

    static float[] weights(int length) {
        Scratch own = OWN.get();
        if (own.weights.length != length) {
            own.weights = new float[length];
        }
        return own.weights;
    }
}
