/**
 * Merging an adapter into its base and rounding the result to integers. Everything here works on {@code float[]} and
 * files, so that each formula can be checked against a slow reference without a tensor engine.
 */
package dev.hone.llm.quant;
