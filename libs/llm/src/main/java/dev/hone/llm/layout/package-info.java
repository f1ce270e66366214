/**
 * How rounded models lie in safetensors, for other tools to read: compressed-tensors, GPTQ, bitsandbytes, plain. Apart from the
 * rounding, because a scheme says what the codes are and a layout only where they go; {@code format} reads what is written here.
 */
package dev.hone.llm.layout;
