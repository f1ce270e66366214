package dev.hone.llm.engine;

/** Counts the sequences that use something which may be closed meanwhile. Thread-safe. */
final class Uses {
    private final Runnable whenFree;
    private int count;
    private boolean closed;

    /** @param whenFree called once: after {@link #close}, when nothing uses it any more */
    Uses(Runnable whenFree) {
        this.whenFree = whenFree;
    }

    /** @return false if it is closed */
    synchronized boolean enter() {
        if (closed) {
            return false;
        }
        count++;
        return true;
    }

    /** One more that belongs to one inside. */
    synchronized void another() {
        count++;
    }

    void leave() {
        if (left()) {
            whenFree.run();
        }
    }

    private synchronized boolean left() {
        return --count == 0 && closed;
    }

    void close() {
        if (closes()) {
            whenFree.run();
        }
    }

    private synchronized boolean closes() {
        boolean free = !closed && count == 0;
        closed = true;
        return free;
    }
}
