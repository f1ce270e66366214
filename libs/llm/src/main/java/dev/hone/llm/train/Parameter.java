package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;

/**
 * One tensor that learns, and the gradient accumulated for it.
 *
 * @param name unique within a run, and the tensor's name in its checkpoints
 * @param value f32
 * @param gradient f32, of the same shape
 */
record Parameter(String name, NDArray value, NDArray gradient) {}
