package dev.hone.datasets;

/** Shares of the rows that are held out, from 0 up to less than 1 together. */
public record SplitShares(double validation, double test) {
    public SplitShares {
        if (validation < 0 || test < 0 || validation + test >= 1) {
            throw new IllegalArgumentException("expected held-out shares from 0 and below 1 together, found validation " + validation + " and test " + test);
        }
    }

    @Override
    public String toString() {
        return validation + "/" + test;
    }
}
