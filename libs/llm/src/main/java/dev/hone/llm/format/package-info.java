/**
 * Model directories as bytes: safetensors, {@code config.json}, PEFT adapters. It knows files and types, and no tensor
 * engine, so that everything above it can be checked against files that other tools wrote.
 */
package dev.hone.llm.format;
