package dev.hone.ingest.feedback;

import java.time.Duration;

/**
 * When feedback makes a new dataset, and how.
 *
 * @param minCount                corrections that make one at once
 * @param maxAge                  a correction does not wait longer than this for others
 * @param minInterval             between two new datasets of a model: each is a run
 * @param maxCount                corrections and liked answers that go into one dataset, about; the others wait for the next
 * @param maxLiked                liked answers of a model that wait for its next dataset; the oldest beyond that go into none
 * @param weight                  how often a corrected row stands in the training rows
 * @param replaceIdenticalAnswers whether other rows that give the corrected answer are corrected too, see {@link NextDataset}
 * @param replaceMinWords         an answer of fewer words is a label, which many prompts share rightly
 */
public record FeedbackRules(int minCount, Duration maxAge, Duration minInterval, int maxCount, int maxLiked, int weight, boolean replaceIdenticalAnswers,
        int replaceMinWords) {
    public FeedbackRules {
        if (minCount < 1 || weight < 1) {
            throw new IllegalArgumentException("expected a count and a weight of at least 1, found " + minCount + " and " + weight);
        }
        if (maxCount < minCount || maxLiked < 0) {
            throw new IllegalArgumentException("expected room for " + minCount + " corrections in a dataset, found a limit of " + maxCount + " events and of "
                    + maxLiked + " liked answers that wait");
        }
    }
}
