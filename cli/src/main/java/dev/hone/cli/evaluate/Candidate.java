package dev.hone.cli.evaluate;

import dev.hone.llm.eval.EvaluationResult;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A model and what it came to.
 *
 * @param sizeBytes of its weights' files, an adapter's among them
 * @param rounding what was measured when it was quantized; empty for a plain model
 */
record Candidate(String name, Path directory, long sizeBytes, EvaluationResult result, Optional<RoundingCost> rounding) {}
