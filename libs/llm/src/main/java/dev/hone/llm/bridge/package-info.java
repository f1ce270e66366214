/**
 * The only place that touches DJL's internals. Everything above sees numerical programs by name, tensors as
 * {@link ai.djl.ndarray.NDArray}, and nothing of JNI, so that a new DJL version or another engine is a change in here.
 */
package dev.hone.llm.bridge;
