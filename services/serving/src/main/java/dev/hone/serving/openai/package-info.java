/**
 * The face that OpenAI's clients know: its paths, fields, events and errors in words of
 * {@link dev.hone.serving.answer.Answers}. Plain Vert.x, so that it is tested with a server of a few lines.
 */
package dev.hone.serving.openai;
