package dev.hone.llm.kernel;

/**
 * The weights W [out, in] of a linear module, packed for y = x Wᵀ. Immutable; several threads may multiply at once.
 * Row r of the result depends on row r of x alone, bit for bit, whatever the other rows are and however many.
 */
public interface Matrix extends AutoCloseable {
    int outputs();

    int inputs();

    /** Bytes that the packed weights take. */
    long bytes();

    /**
     * @param x [rows, in], row-major from element 0
     * @param y [rows, out], row-major, overwritten
     */
    void multiply(float[] x, int rows, float[] y, WorkTeam team);

    /** The values of row {@code output} of W, as an embedding is read: [in]. */
    void row(int output, float[] into, int at);

    @Override
    void close();
}
