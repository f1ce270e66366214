/**
 * Text to tokens and back, by the model's own tokenizer.json and chat template. It stands apart from the tensors, so that
 * ingest can count tokens and serving can stream text without a model in memory.
 */
package dev.hone.llm.text;
