package dev.hone.llm.quant;

import java.util.List;

/**
 * What becomes of answers on the way from the adapter over its base to the merged and to the quantized model.
 *
 * @param merged the merged model against the adapter over its base; null where whole weights were trained
 * @param prompts golden ones, from held-out rows
 */
public record Parity(Fidelity merged, List<Prompt> prompts) {
    public Parity {
        prompts = List.copyOf(prompts);
    }

    /**
     * @param meanKl of the quantized model against the merged one over the prompt's and its reference answer's tokens
     */
    public record Prompt(String prompt, String adapterAnswer, String mergedAnswer, String quantizedAnswer, double meanKl) {}
}
