/**
 * Models as GGUF files: the layout of its blocks, their rounding, a writer and a reader, and what llama.cpp wants to know of
 * a model and its tokenizer. It stands alone because nothing else in Hone thinks in that format's names and types; it knows
 * model directories and weights, and no tensor engine.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
 */
package dev.hone.llm.gguf;
