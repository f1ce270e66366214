package dev.hone.llm.engine;

import java.time.Duration;

/**
 * Bounds of an engine.
 *
 * @param threads that compute; as a rule all cores of the pod
 * @param cacheBytes of keys and values, all models together. Each model may use what no other does; an equal share each is
 *     theirs for certain, given back by others when it is needed
 * @param running most sequences in a batch; never more than {@code stepTokens}
 * @param waiting most requests that wait for their turn
 * @param stepTokens most tokens read in a step: longer prompts are read in chunks, so that running answers wait for no more
 *     than this
 * @param warmUp the most time that the first, unasked steps of a new kind of model take, so that what computes them is
 *     compiled before somebody waits; zero for none
 */
public record EngineSettings(int threads, long cacheBytes, int running, int waiting, int stepTokens, Duration warmUp) {
    private static final Duration USUAL_WARM_UP = Duration.ofSeconds(1);

    public EngineSettings {
        if (threads < 1 || cacheBytes < 1 || running < 1 || waiting < 0 || stepTokens < 16 || warmUp.isNegative()) {
            throw new IllegalArgumentException("Expected at least 1 thread, some bytes of cache, 1 running request, 16 tokens a step and no negative warm-up, found " + threads + ", "
                    + cacheBytes + ", " + running + ", " + stepTokens + " and " + warmUp + ".");
        }
        running = Math.min(running, stepTokens);
    }

    /** Warmed up for a second at most. */
    public EngineSettings(int threads, long cacheBytes, int running, int waiting, int stepTokens) {
        this(threads, cacheBytes, running, waiting, stepTokens, USUAL_WARM_UP);
    }
}
