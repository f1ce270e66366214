package dev.hone.cli.evaluate;

import dev.hone.llm.eval.EvaluationResult;
import java.nio.file.Path;

/**
 * A model and what it came to.
 *
 * @param sizeBytes of its weights' files, an adapter's among them
 */
record Candidate(String name, Path directory, long sizeBytes, EvaluationResult result) {}
