package dev.hone.cli.chat;

import dev.hone.v1.Sampling;
import java.util.List;
import picocli.CommandLine.Option;

/** How the next token is chosen. */
final class SamplingOptions {
    @Option(names = "--temperature", description = "0 (the default) always takes the likeliest token; 1 samples as the model weighs them.")
    private Float temperature;

    @Option(names = "--top-k", description = "Sample among the K likeliest tokens only.")
    private Integer topK;

    @Option(names = "--top-p", description = "Sample among the likeliest tokens that together have this probability.")
    private Float topP;

    @Option(names = "--min-p", description = "Leave out tokens that are less likely than this share of the likeliest one's probability.")
    private Float minP;

    @Option(names = "--repetition-penalty", description = "Above 1: what was said already is said less.")
    private Float repetitionPenalty;

    @Option(names = "--seed", description = "The same seed, prompt and revision give the same answer.")
    private Long seed;

    @Option(names = "--max-tokens", description = "Most tokens of an answer.")
    private Integer maxTokens;

    @Option(names = "--stop", paramLabel = "TEXT", description = "End the answer before this text; may be given several times.")
    private List<String> stop = List.of();

    Sampling sampling() {
        Sampling.Builder sampling = Sampling.newBuilder().addAllStop(stop);
        if (temperature != null) {
            sampling.setTemperature(temperature);
        }
        if (topK != null) {
            sampling.setTopK(topK);
        }
        if (topP != null) {
            sampling.setTopP(topP);
        }
        if (minP != null) {
            sampling.setMinP(minP);
        }
        if (repetitionPenalty != null) {
            sampling.setRepetitionPenalty(repetitionPenalty);
        }
        if (seed != null) {
            sampling.setSeed(seed);
        }
        if (maxTokens != null) {
            sampling.setMaxTokens(maxTokens);
        }
        return sampling.build();
    }
}
