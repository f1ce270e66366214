package dev.hone.llm.engine;

/** The type in which a model's linear modules are held. */
public enum ServedAs {
    /** As its files have them. */
    STORED,
    BF16,
    /** Plain weights are rounded to nearest, symmetric by output channel. */
    INT8,
    /** Plain weights are rounded, symmetric in groups of 32. */
    INT4
}
