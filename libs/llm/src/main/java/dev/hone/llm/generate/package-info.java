/**
 * From a prompt to text: decoding with a key-value cache, sampling, stop strings. Its callers see strings and token
 * counts only, so that a service can serve a model without knowing what a tensor is.
 */
package dev.hone.llm.generate;
