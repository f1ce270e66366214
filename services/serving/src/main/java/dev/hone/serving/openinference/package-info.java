/**
 * The face that KServe's and Triton's clients know: tensors of text in words of {@link dev.hone.serving.answer.Answers}.
 */
package dev.hone.serving.openinference;
