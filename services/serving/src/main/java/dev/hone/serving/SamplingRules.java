package dev.hone.serving;

import dev.hone.llm.generate.Sampling;
import java.util.concurrent.ThreadLocalRandom;

/** What the absent fields of a request mean. */
record SamplingRules(int mostTokens) {
    private static final int USUAL_TOKENS = 256;

    /** A request that passed its rules always gives a sampling. */
    Sampling of(dev.hone.v1.Sampling asked) {
        int tokens = Math.min(asked.hasMaxTokens() ? asked.getMaxTokens() : USUAL_TOKENS, mostTokens);
        long seed = asked.hasSeed() ? asked.getSeed() : ThreadLocalRandom.current().nextLong();
        return new Sampling(asked.getTemperature(), asked.getTopK(), asked.hasTopP() ? asked.getTopP() : 1, seed, tokens, asked.getStopList());
    }
}
