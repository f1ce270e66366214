package dev.hone.llm.train;

import java.util.ArrayDeque;

/** Tokens per second and time left, over the last steps only: the first ones warm up, and machines get busy. */
final class Speed {
    private static final int WINDOW = 20;

    private record Sample(long tokens, double seconds) {}

    private final ArrayDeque<Sample> samples = new ArrayDeque<>();

    void add(long tokens, double seconds) {
        samples.addLast(new Sample(tokens, seconds));
        if (samples.size() > WINDOW) {
            samples.removeFirst();
        }
    }

    double tokensPerSecond() {
        return samples.stream().mapToLong(Sample::tokens).sum() / seconds();
    }

    double secondsFor(long steps) {
        return seconds() / samples.size() * steps;
    }

    private double seconds() {
        return samples.stream().mapToDouble(Sample::seconds).sum();
    }
}
