package dev.hone.llm.layout;

/** Names and packing of integer schemes in safetensors. */
public enum Layout {
    /** What vLLM reads: pack-quantized for weights alone, int-quantized with rounded activations. */
    COMPRESSED_TENSORS,
    /** GPTQ's own: qweight, qzeros, scales and g_idx; int4 and int8 by group or channel. */
    GPTQ
}
