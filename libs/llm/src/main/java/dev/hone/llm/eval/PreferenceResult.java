package dev.hone.llm.eval;

/**
 * How far a candidate has come towards the better answers of held-out pairs, with the base model as reference. With
 * d = (ln p(chosen) - ln p(rejected)) - (ln p_base(chosen) - ln p_base(rejected)), each summed over the answer's tokens:
 *
 * @param accuracy share of the pairs whose d is above 0
 * @param loss     mean of -ln sigmoid(beta d), the loss of DPO (arXiv:2305.18290, equation 7); the base's is ln 2
 * @param pairs    so many
 */
public record PreferenceResult(double accuracy, double loss, int pairs) {
    /** Of a model that is the reference itself. */
    public static final double LOSS_OF_THE_BASE = Math.log(2);
}
