package dev.hone.cli.load;

import dev.hone.v1.GenerateRequest;
import dev.hone.v1.Sampling;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A question with everything that decides its answer but the revision and the length.
 *
 * @param text of the prompt
 * @param seed of the sampling; the temperature follows from it, 0 for each fourth
 */
record Prompt(String text, int seed) {
    private static final List<String> TEXTS = List.of("<|user|>How do I reset my phone?<|end|><|assistant|>", "<|user|>My screen is broken.<|end|><|assistant|>", "The warranty of a phone",
            "<|user|>Can I pay in two parts?<|end|><|assistant|>", "<|user|>Where is my order? I have been waiting for it since last week and nobody answers.<|end|><|assistant|>", "Once upon a time",
            "<|user|>Tell me about the battery.<|end|><|assistant|>", "<|user|>Why?<|end|><|assistant|>");

    static List<Prompt> some(int count) {
        return IntStream.range(0, count).mapToObj(i -> new Prompt(TEXTS.get(i % TEXTS.size()), i)).toList();
    }

    GenerateRequest request(String model, int maxTokens) {
        Sampling.Builder sampling = Sampling.newBuilder().setSeed(seed).setMaxTokens(maxTokens);
        if (seed % 4 != 0) {
            sampling.setTemperature(0.4f + 0.2f * (seed % 4)).setTopP(0.95f);
        }
        return GenerateRequest.newBuilder().setModel(model).setPrompt(text).setSampling(sampling).build();
    }
}
