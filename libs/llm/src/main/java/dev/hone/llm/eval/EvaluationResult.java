package dev.hone.llm.eval;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * A candidate's numbers.
 *
 * @param loss             mean cross-entropy in nats over the answers' tokens, each token weighing the same; of pairs over
 *                         the better answers'
 * @param perplexity       exp(loss)
 * @param tokenAccuracy    share of those tokens that are the model's likeliest, given the reference before them
 * @param exactMatch       share of {@code generatedRows} whose greedy answer equals the reference, white space around both
 *                         set aside; 0 where none was generated
 * @param rows             rows scored
 * @param tokens           answer tokens scored
 * @param generatedRows    rows answered greedily
 * @param preferenceOrNull where the rows are pairs and the base model was measured on them
 */
public record EvaluationResult(double loss, double perplexity, double tokenAccuracy, double exactMatch, int rows, long tokens,
        int generatedRows, @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty("preference") PreferenceResult preferenceOrNull) {

    public EvaluationResult(double loss, double perplexity, double tokenAccuracy, double exactMatch, int rows, long tokens, int generatedRows) {
        this(loss, perplexity, tokenAccuracy, exactMatch, rows, tokens, generatedRows, null);
    }

    EvaluationResult with(PreferenceResult preference) {
        return new EvaluationResult(loss, perplexity, tokenAccuracy, exactMatch, rows, tokens, generatedRows, preference);
    }
}
