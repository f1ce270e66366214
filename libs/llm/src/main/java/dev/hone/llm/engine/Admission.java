package dev.hone.llm.engine;

import java.util.concurrent.TimeUnit;

/** How many requests are inside. Thread-safe. */
final class Admission {
    private final EngineSettings settings;
    private int inside;
    private int untold;
    private int seated;
    private boolean stopping;

    Admission(EngineSettings settings) {
        this.settings = settings;
    }

    synchronized void enter() throws EngineBusy {
        if (stopping) {
            throw new EngineBusy("The engine stops and takes no more requests: ask another replica.", true);
        }
        int waiting = inside - seated;
        int mayWait = settings.waiting() + Math.max(0, settings.running() - seated);
        if (waiting >= mayWait) {
            throw new EngineBusy(waiting + " requests wait for their turn, and no more than " + settings.waiting() + " may: try again later, or ask another replica.", false);
        }
        inside++;
        untold++;
    }

    /** A request's place is free. */
    synchronized void leave() {
        inside--;
    }

    /** A request's end was told. */
    synchronized void told() {
        untold--;
        notifyAll();
    }

    /** Sequences that took a seat in a batch, or gave it up if negative. */
    synchronized void seated(int more) {
        seated += more;
    }

    synchronized void stop() {
        stopping = true;
    }

    synchronized int waiting() {
        return Math.max(0, inside - seated);
    }

    synchronized int running() {
        return seated;
    }

    synchronized boolean isEmpty() {
        return inside == 0;
    }

    /** Waits until all ends were told. @return false if the time passed before */
    synchronized boolean awaitEmpty(long nanos) throws InterruptedException {
        long end = System.nanoTime() + nanos;
        while (untold > 0) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
        }
        return true;
    }
}
