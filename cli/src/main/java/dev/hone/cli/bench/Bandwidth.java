package dev.hone.cli.bench;

import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What memory gives when it is only read: the bound of making tokens one by one. */
final class Bandwidth {
    /** Larger than any cache that is at hand, each thread its own. */
    private static final int LONGS_PER_THREAD = 32 << 20;
    private static final int TIMES = 6;

    private Bandwidth() {}

    /** @return bytes a second of the best of some passes */
    static double read(int threads) throws InterruptedException {
        long[][] memory = new long[threads][LONGS_PER_THREAD];
        Arrays.stream(memory).forEach(part -> Arrays.fill(part, 1));
        double best = 0;
        for (int time = 0; time < TIMES; time++) {
            best = Math.max(best, (double) threads * LONGS_PER_THREAD * Long.BYTES / seconds(memory));
        }
        return best;
    }

    private static double seconds(long[][] memory) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(memory.length);
        long[] sums = new long[memory.length];
        long began = System.nanoTime();
        IntStream.range(0, memory.length).forEach(t -> Thread.ofPlatform().daemon().start(() -> {
            sums[t] = sum(memory[t]);
            done.countDown();
        }));
        done.await();
        double seconds = (System.nanoTime() - began) / 1e9;
        if (LongStream.of(sums).sum() != (long) memory.length * LONGS_PER_THREAD) {
            throw new IllegalStateException("Expected what was written to be read, found other sums.");
        }
        return seconds;
    }

    /** Four chains of additions, so that it is memory that is waited for. */
    private static long sum(long[] part) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = 0; i < part.length; i += 4) {
            a += part[i];
            b += part[i + 1];
            c += part[i + 2];
            d += part[i + 3];
        }
        return a + b + c + d;
    }
}
