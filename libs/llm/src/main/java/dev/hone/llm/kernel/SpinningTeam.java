package dev.hone.llm.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that look for the next task for some microseconds before they sleep: a step is a hundred tasks with next to nothing
 * between them, and waking a thread takes longer than some of them.
 */
final class SpinningTeam implements WorkTeam {
    private static final long AWAKE_NANOS = 100_000;
    /** Looks at the clock are rarer than looks for work. */
    private static final int LOOKS = 64;

    private final Thread[] helpers;
    /** How many parts the task has, and in the lower half the next of them: taken together, so that a thread which comes late takes nothing twice. */
    private final AtomicLong next = new AtomicLong();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private IntConsumer task;
    private volatile int round;
    private volatile boolean closed;

    SpinningTeam(int threads) {
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            helpers[i] = Thread.ofPlatform().name("kernel-" + (i + 1)).daemon().start(this::help);
        }
    }

    @Override
    public int threads() {
        return helpers.length + 1;
    }

    @Override
    public void run(int parts, IntConsumer part) {
        if (closed) {
            throw new IllegalStateException("The team was sent home.");
        }
        if (parts <= 1) {
            WorkTeam.alone().run(parts, part);
            return;
        }
        task = part;
        done.set(0);
        next.set((long) parts << 32);
        round++;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        work();
        for (int looks = 0; done.get() < parts; looks++) {
            pause(looks);
        }
        Throwable failed = failure.getAndSet(null);
        if (failed != null) {
            throw new IllegalStateException("A part of a task failed: " + failed, failed);
        }
    }

    private void work() {
        for (long taken = next.getAndIncrement(); (int) taken < (int) (taken >>> 32); taken = next.getAndIncrement()) {
            try {
                task.accept((int) taken);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
            done.incrementAndGet();
        }
    }

    private void help() {
        int seen = 0;
        while (!closed) {
            seen = nextRound(seen);
            work();
        }
    }

    private int nextRound(int seen) {
        long sleepAt = System.nanoTime() + AWAKE_NANOS;
        for (int looks = 1; round == seen && !closed; looks++) {
            Thread.onSpinWait();
            if (looks % LOOKS == 0 && System.nanoTime() > sleepAt) {
                LockSupport.park(this);
            }
        }
        return round;
    }

    /** On a machine with more to do than cores, whoever is waited for may need this one. */
    private static void pause(int looks) {
        if (looks > 1 << 14) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
            try {
                helper.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
