/**
 * 4-bit NormalFloat, the storage of a frozen base in QLoRA. Plain Java over float arrays, without a tensor engine: the
 * slow and obvious form that the numerical program's fast one is tested against, and what merging an adapter needs.
 */
package dev.hone.llm.nf4;
