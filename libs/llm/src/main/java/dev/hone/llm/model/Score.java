package dev.hone.llm.model;

import java.util.Arrays;
import java.util.List;

/**
 * What a model made of labelled tokens.
 *
 * @param loss summed negative log-likelihood in nats
 * @param tokens labelled tokens
 * @param correct labelled tokens that were the model's likeliest guess
 */
public record Score(double loss, long tokens, long correct) {
    public static final Score NONE = new Score(0, 0, 0);

    /** @param guesses [2,M]: negative log-likelihoods, and ones where the likeliest guess was right */
    public static Score of(float[] guesses) {
        int labels = guesses.length / 2;
        double loss = 0;
        long correct = 0;
        for (int i = 0; i < labels; i++) {
            loss += guesses[i];
            correct += guesses[labels + i] > 0 ? 1 : 0;
        }
        return new Score(loss, labels, correct);
    }

    /** {@link #of} for each of the batch's documents, in their order. */
    public static List<Score> ofDocuments(float[] guesses, Batch batch) {
        Score[] scores = new Score[batch.documents().size()];
        Arrays.fill(scores, NONE);
        int[] documents = batch.documentOfLabel();
        for (int i = 0; i < documents.length; i++) {
            scores[documents[i]] = scores[documents[i]].plus(of(new float[] {guesses[i], guesses[documents.length + i]}));
        }
        return List.of(scores);
    }

    public Score plus(Score other) {
        return new Score(loss + other.loss, tokens + other.tokens, correct + other.correct);
    }

    /** Nats per token; NaN without tokens. */
    public double meanLoss() {
        return loss / tokens;
    }
}
