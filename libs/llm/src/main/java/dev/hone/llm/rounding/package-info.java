/**
 * Matrices to whole numbers and back: the grammar of schemes, ranges, scales and codes. Everything here works on {@code float[]},
 * so that each formula can be checked against a slow reference, and knows neither files nor a tensor engine.
 */
package dev.hone.llm.rounding;
