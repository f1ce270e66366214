package dev.hone.llm.forward;

/** The type in which a model's linear modules and output head are held. */
public enum PackedAs {
    /** As its files have them: integers as integers, everything else in bf16. */
    STORED,
    /** All in bf16. */
    BF16,
    /** Plain weights are rounded to nearest, symmetric by output channel; stored integers stay. */
    INT8,
    /** Plain weights are rounded to four bits, symmetric in groups of 32, the head to eight; stored integers stay. */
    INT4
}
