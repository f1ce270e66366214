package dev.hone.ingest.feedback;

import java.time.Duration;

/**
 * When feedback makes a new dataset, and how.
 *
 * @param minCount                corrections that make one at once
 * @param maxAge                  a correction does not wait longer than this for others
 * @param weight                  how often a corrected row stands in the training rows
 * @param replaceIdenticalAnswers whether other rows that give the corrected answer are corrected too, see {@link NextDataset}
 * @param replaceMinWords         an answer of fewer words is a label, which many prompts share rightly
 */
public record FeedbackRules(int minCount, Duration maxAge, int weight, boolean replaceIdenticalAnswers, int replaceMinWords) {
    public FeedbackRules {
        if (minCount < 1 || weight < 1) {
            throw new IllegalArgumentException("expected a count and a weight of at least 1, found " + minCount + " and " + weight);
        }
    }
}
