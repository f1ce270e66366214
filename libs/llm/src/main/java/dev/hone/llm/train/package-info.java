/**
 * Fine-tuning as one explicit loop. Progress, checkpoints and the wish to stop are passed in, so that the loop runs the
 * same from a plain {@code main}, in a Job and in a test, and knows no store and no broker.
 */
package dev.hone.llm.train;
