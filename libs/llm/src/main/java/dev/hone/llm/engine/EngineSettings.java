package dev.hone.llm.engine;

/**
 * Bounds of an engine.
 *
 * @param threads that compute; as a rule all cores of the pod
 * @param cacheBytes of keys and values, all models together
 * @param running most sequences in a batch
 * @param waiting most requests that wait for their turn
 * @param stepTokens most tokens read in a step: longer prompts are read in chunks, so that running answers wait for no more
 *     than this
 */
public record EngineSettings(int threads, long cacheBytes, int running, int waiting, int stepTokens) {
    public EngineSettings {
        if (threads < 1 || cacheBytes < 1 || running < 1 || waiting < 0 || stepTokens < 16) {
            throw new IllegalArgumentException("Expected at least 1 thread, some bytes of cache, 1 running request and 16 tokens a step, found " + threads + ", " + cacheBytes + ", " + running + " and " + stepTokens + ".");
        }
    }
}
