package dev.hone.llm.generate;

/**
 * The generator behind every seed: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
 * generators", as in Vigna's splitmix64.c). Written out, because an answer must be the same for the same seed on every
 * Java version, and the JDK's generators promise no such thing.
 */
final class SplitMix64 {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    SplitMix64(long seed) {
        state = seed;
    }

    long nextLong() {
        state += GOLDEN_GAMMA;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Uniform in [0, 1), from the upper 53 bits. */
    double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }
}
