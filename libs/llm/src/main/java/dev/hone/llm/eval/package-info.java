/**
 * What a model is worth on rows it has not learned from. One procedure for every candidate, so that their numbers differ
 * only where the candidates do.
 */
package dev.hone.llm.eval;
