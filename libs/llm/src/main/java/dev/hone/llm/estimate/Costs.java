package dev.hone.llm.estimate;

/**
 * Every number of the estimate that is neither asked of the recipe nor read from the model's shape: counted in the
 * program's text ({@code decoder.torchscript}, {@code training.torchscript}) or measured. What a layer keeps for the backward pass is
 * counted by {@link dev.hone.llm.train.Activations}, which training itself decides by.
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
    /** Programs that oneDNN makes and keeps for the shapes it meets, where documents have many lengths. */
    static final long KERNELS = 240L << 20;
    /** Java's heap holds the largest weight while loading and every trained value while writing, in f32, and gives nothing back. */
    static final int HEAP = F32;

    /** Adam's two moments of one parameter. */
    static final double ADAMW = 2 * F32;
    /** The same in 8 bits, with an f32 scale of each per block of 256. */
    static final double ADAMW_8BIT = 2 * (1 + F32 / 256.0);
    static final double MOMENTUM = F32;

    /** Elements of a layer's input, which recomputation starts from; times the model's width. */
    static final int KEPT_INPUT = 1;
    /** Gradients in flight while one layer is walked backwards, as a share of its activations. */
    static final double BACKWARD = 0.5;

    /** Logits that exist at once. */
    static final long LOGITS_AT_ONCE = 4L << 20;
    /** Bytes for each of them: as computed, in f32, as probabilities. */
    static final int LOGIT = 12;
    /** Least rows of logits at once, however large the vocabulary. */
    static final int LEAST_LOGIT_ROWS = 64;
    /** What the allocator holds beyond what lives. */
    static final double ALLOCATOR = 1.05;

    /** Seconds for unpacking one rounded weight. */
    static final double UNPACKING = 1e-9;
    /** The part of a large matrix product's measured rate that a whole training step reaches. */
    static final double STEP_EFFICIENCY = 0.5;

    private Costs() {}
}
