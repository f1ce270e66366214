package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;

/** What a step writes on, kept from step to step and grown for the largest one so far. All row-major, a row for each token. */
final class StepBuffers {
    private static final int LOGITS = 1 << 24;
    private static final int MOST_ROWS = 64;

    private final ModelConfig config;
    private final int widest;

    /** [N, D]: what flows from layer to layer. */
    float[] x = new float[0];
    /** [N, D]: the same, normed. */
    float[] normed = new float[0];
    /** [N, (H + 2K)·E] */
    float[] qkv = new float[0];
    /** [N, H·E] */
    float[] attended = new float[0];
    /** [N, 2F] */
    float[] gateUp = new float[0];
    /** [N, F] */
    float[] gated = new float[0];
    /** [N, D]: what is added to x. */
    float[] change = new float[0];
    /** [N, widest input]: inputs rounded as the model wants them. */
    float[] rounded = new float[0];
    /** Some rows of logits, [.., V]. */
    float[] logits = new float[0];

    StepBuffers(ModelConfig config) {
        this.config = config;
        widest = Math.max(config.intermediateSize(), Math.max(config.hiddenSize(), queryWidth(config)));
    }

    static int queryWidth(ModelConfig config) {
        return config.numAttentionHeads() * config.headDim();
    }

    static int qkvWidth(ModelConfig config) {
        return (config.numAttentionHeads() + 2 * config.numKeyValueHeads()) * config.headDim();
    }

    /** @param rounds whether {@link #rounded} is needed */
    void ensure(int rows, boolean rounds) {
        x = Scratch.atLeast(x, Math.multiplyExact(rows, config.hiddenSize()));
        normed = Scratch.atLeast(normed, rows * config.hiddenSize());
        change = Scratch.atLeast(change, rows * config.hiddenSize());
        qkv = Scratch.atLeast(qkv, Math.multiplyExact(rows, qkvWidth(config)));
        attended = Scratch.atLeast(attended, rows * queryWidth(config));
        gateUp = Scratch.atLeast(gateUp, Math.multiplyExact(rows, 2 * config.intermediateSize()));
        gated = Scratch.atLeast(gated, rows * config.intermediateSize());
        rounded = rounds ? Scratch.atLeast(rounded, Math.multiplyExact(rows, widest)) : rounded;
    }

    /** Rows of logits that are computed at once. */
    int logitRows() {
        return Math.clamp(LOGITS / config.vocabSize(), 1, MOST_ROWS);
    }

    float[] logits(int rows) {
        return logits = Scratch.atLeast(logits, Math.multiplyExact(rows, config.vocabSize()));
    }
}
