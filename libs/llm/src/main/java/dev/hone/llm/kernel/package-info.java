/**
 * Matrix products on a CPU over packed weights, f32 in and f32 out, for one row or many. What a row gives depends on that
 * row alone, bit for bit, so that batching, chunking and recomputing change no answer. It knows nothing of models.
 */
package dev.hone.llm.kernel;
