package dev.hone.llm.rounding;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/** Work on all cores whose parts are independent, so that the result does not depend on how they are spread. */
public final class Parallel {
    private Parallel() {}

    public static void rows(int rows, IntConsumer work) {
        IntStream.range(0, rows).parallel().forEach(work);
    }
}
