package dev.hone.llm.estimate;

/**
 * Every number of the estimate that is neither asked of the recipe nor read from the model's shape: counted in the
 * program's text ({@code decoder.torchscript}, {@code training.torchscript}) or measured. Elements are per token of one
 * layer unless another unit is named; an element has the width of the compute type.
 */
final class Costs {
    static final int F32 = 4;
    static final int BF16 = 2;

    /** NF4 codes of 4 bits, and per block of 64 an 8-bit scale, whose own scale is an f32 per 256 (QLoRA, section 3): 4.127 bits. */
    static final double NF4 = (4 + 8.0 / 64 + 32.0 / (64 * 256)) / 8;
    /** An int8 weight; its row's f32 scale comes on top. */
    static final int INT8 = 1;

    /** Bytes of the JVM, libtorch and the tokenizer before a model is loaded. */
    static final long RUNTIME = 380L << 20;
    /** Java's heap while loading keeps room for the largest weight as f32, and does not give it back. */
    static final int LOADING = F32;

    /** A small NF4 base is kept dequantized: below so many bytes of its linear modules. */
    static final long KEEP_DEQUANTIZED_BELOW = 128L << 20;
    /** Where the recipe leaves it open, layers are recomputed if all activations take more bytes than this. */
    static final long KEEP_ACTIVATIONS_BELOW = 2L << 30;

    /** Adam's two moments of one parameter. */
    static final double ADAMW = 2 * F32;
    /** The same in 8 bits, with an f32 scale of each per block of 256. */
    static final double ADAMW_8BIT = 2 * (1 + F32 / 256.0);
    static final double MOMENTUM = F32;

    /** A layer's input, which recomputation starts from; times the model's width. */
    static final int KEPT_INPUT = 1;
    /** Both norms' doubled inputs and outputs, both residual sums and what the adapters read; times the model's width. */
    static final int KEPT_HIDDEN = 12;
    /** Queries, turned queries, attention's output and its transposition; times heads x head size. */
    static final int KEPT_QUERY = 4;
    /** Keys, turned keys and values, once more where heads share them; times key-value heads x head size. */
    static final int KEPT_KEY = 4;
    /** Gate, its activation, up, and their product; times the feed-forward's width. */
    static final int KEPT_FEED_FORWARD = 4;
    /** Scores before and after softmax, per head and token looked at, up to {@link #SCORES_WRITTEN_OUT} tokens. */
    static final int KEPT_SCORES = 2;
    /** Beyond so many tokens attention is the fused kernel, which writes no scores. */
    static final int SCORES_WRITTEN_OUT = 512;
    /** Gradients in flight while one layer is walked backwards, as a share of its activations. */
    static final double BACKWARD = 0.5;

    /** Bytes per weight of the one matrix that is being dequantized: two f32 forms and the widened codes. */
    static final double DEQUANTIZING = 10;
    /** Logits that exist at once. */
    static final long LOGITS_AT_ONCE = 4L << 20;
    /** Bytes for each of them: as computed, in f32, as probabilities. */
    static final int LOGIT = 12;
    /** Least rows of logits at once, however large the vocabulary. */
    static final int LEAST_LOGIT_ROWS = 64;
    /** What the allocator holds beyond what lives. */
    static final double ALLOCATOR = 1.05;

    /** Seconds for dequantizing one NF4 weight on one thread. */
    static final double NF4_SECONDS_PER_WEIGHT = 1.5e-9;
    /** The part of a large matrix product's measured rate that a whole training step reaches. */
    static final double STEP_EFFICIENCY = 0.5;

    private Costs() {}
}
