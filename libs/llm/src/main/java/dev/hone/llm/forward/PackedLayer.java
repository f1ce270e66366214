package dev.hone.llm.forward;

import java.util.Optional;

/**
 * A layer ready to compute. Norms have the 1 in them that some families add.
 *
 * @param beforeAttention norm [D], and so on
 * @param afterAttention of attention's output, before it is added; some families have it
 * @param queries norm of each head [E], and {@code keys}
 * @param rotary empty where queries and keys are not turned
 * @param window tokens that are seen, the token itself counted; 0: all
 */
record PackedLayer(
        float[] beforeAttention,
        float[] beforeFeedForward,
        Optional<float[]> afterAttention,
        Optional<float[]> afterFeedForward,
        Optional<float[]> queries,
        Optional<float[]> keys,
        Projection qkv,
        Projection output,
        Projection gateUp,
        Projection down,
        Optional<RotaryTable> rotary,
        int window) implements AutoCloseable {
    @Override
    public void close() {
        qkv.matrix().close();
        output.matrix().close();
        gateUp.matrix().close();
        down.matrix().close();
    }

    boolean roundsInputs() {
        return qkv.roundsInputs() || output.roundsInputs() || gateUp.roundsInputs() || down.roundsInputs();
    }

    long bytes() {
        return qkv.matrix().bytes() + output.matrix().bytes() + gateUp.matrix().bytes() + down.matrix().bytes();
    }
}
