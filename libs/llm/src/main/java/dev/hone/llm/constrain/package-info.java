/**
 * What an answer's text may be: a regular expression or a JSON schema, told to the sampler as the set of tokens that may
 * come next. It knows the vocabulary's bytes and nothing of models.
 *
 * <p>Both forms become an {@link dev.hone.llm.constrain.Expression} over characters, that a
 * {@link dev.hone.llm.constrain.Grammar} of byte edges and calls, and that a lazily made automaton whose places are sets of
 * (node, stack of returns): regular where nothing recurs, a pushdown automaton where a schema refers to itself. The tokens
 * allowed at a place are found by walking the vocabulary's trie beside it.
 */
package dev.hone.llm.constrain;
