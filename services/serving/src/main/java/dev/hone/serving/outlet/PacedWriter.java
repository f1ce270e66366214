package dev.hone.serving.outlet;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;

/**
 * Hands pieces to one client as fast as it reads them and keeps the rest, within bounds. Whoever makes the pieces never
 * waits: a client that falls too far behind loses its answer instead.
 *
 * @param <T> a piece in the protocol's form
 */
public final class PacedWriter<T> {
    /** Bytes or characters that may wait for one client: more than any honest reader leaves lying. */
    public static final long USUAL_BOUND = 4 << 20;

    /** A client's connection, used by one thread at a time. */
    public interface Outlet<T> {
        boolean isReady();

        void write(T piece);
    }

    private record Waiting<T>(T piece, long weight) {}

    private final Executor thread;
    private final Outlet<T> outlet;
    private final long bound;
    private final Runnable onTooSlow;
    private final ArrayDeque<Waiting<T>> waiting = new ArrayDeque<>();
    private long held;
    private Runnable last;
    private boolean over;

    /**
     * @param thread runs one task after the other, in order; all of the outlet's work is done there
     * @param bound of the weight that may wait
     * @param onTooSlow instead of everything that was still to come
     */
    public PacedWriter(Executor thread, Outlet<T> outlet, long bound, Runnable onTooSlow) {
        this.thread = thread;
        this.outlet = outlet;
        this.bound = bound;
        this.onTooSlow = onTooSlow;
    }

    public void send(T piece, long weight) {
        thread.execute(() -> accept(new Waiting<>(piece, weight)));
    }

    /** After everything that was sent. */
    public void end(Runnable last) {
        thread.execute(() -> {
            this.last = last;
            drain();
        });
    }

    /** The client reads again. */
    public void ready() {
        thread.execute(this::drain);
    }

    /** The client is gone: nothing more is written. */
    public void abandon() {
        thread.execute(this::stop);
    }

    private void accept(Waiting<T> piece) {
        if (over) {
            return;
        }
        waiting.add(piece);
        held += piece.weight();
        drain();
        if (held > bound) {
            stop();
            onTooSlow.run();
        }
    }

    private void drain() {
        while (!over && !waiting.isEmpty() && outlet.isReady()) {
            Waiting<T> piece = waiting.remove();
            held -= piece.weight();
            outlet.write(piece.piece());
        }
        if (!over && waiting.isEmpty() && last != null) {
            stop();
            last.run();
        }
    }

    private void stop() {
        over = true;
        held = 0;
        waiting.clear();
    }
}
