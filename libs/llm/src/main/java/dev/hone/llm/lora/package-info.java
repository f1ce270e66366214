/**
 * Low-rank adapters on the linear modules of a frozen base: what they start as, what base they stand on, and how they lie
 * in the program's lists. Training and generation share it, so that an adapter means the same to both.
 */
package dev.hone.llm.lora;
