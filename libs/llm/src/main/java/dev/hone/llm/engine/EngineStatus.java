package dev.hone.llm.engine;

/**
 * A moment of an engine.
 *
 * @param sharedBlocks of the used ones, those that several sequences share or that are kept for later ones
 */
public record EngineStatus(int running, int waiting, int blocks, int usedBlocks, int sharedBlocks, long prefixTokensReused) {}
