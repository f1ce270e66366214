package dev.hone.llm.format;

/** A matrix whose values are made from codes in a file, row-major. */
interface StoredMatrix {
    int rows();

    int columns();

    /** The values from element {@code first} on, as many as {@code into} takes. */
    void floats(long first, float[] into);
}
