/**
 * Decoder-only transformers as one numerical program, and the weights it runs on. Training, generation and evaluation all call
 * this program, so that a loss, a served answer and an evaluated one come from the same formulas.
 */
package dev.hone.llm.model;
