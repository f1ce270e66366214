/**
 * What an answer's text may be: a regular expression or a JSON schema, told to the sampler as the set of tokens that may
 * come next. It knows the vocabulary's bytes and nothing of models.
 */
package dev.hone.llm.constrain;
