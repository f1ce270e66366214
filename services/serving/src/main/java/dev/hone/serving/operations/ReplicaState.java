package dev.hone.serving.operations;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * Where a replica is in its life. It goes one way only: a replica that is asked to stop while it starts never becomes
 * ready. Thread-safe.
 */
public final class ReplicaState {
    /** In the order of a replica's life. */
    private enum Phase {
        /** The registry is still being read, or what it names loads. */
        STARTING,
        /** Takes requests. */
        READY,
        /** Is to stop and says so to whoever asks for its health; still answers, until nobody sends it requests any more. */
        STOPPING,
        /** Takes no new request; those at hand may end. */
        REFUSING
    }

    private final Set<Runnable> listeners = Collections.newSetFromMap(new WeakHashMap<>());
    private Phase phase = Phase.STARTING;

    /** The registry has been read to its end, and each model it named was loaded or had failed. */
    public void converged() {
        advance(Phase.READY);
    }

    /** A stop was asked for: nobody should send requests from now on, those that come are answered nevertheless. */
    public void stopping() {
        advance(Phase.STOPPING);
    }

    /** New requests are refused from now on. */
    public void refusing() {
        advance(Phase.REFUSING);
    }

    private void advance(Phase next) {
        List<Runnable> told;
        synchronized (this) {
            if (next.ordinal() <= phase.ordinal()) {
                return;
            }
            phase = next;
            told = List.copyOf(listeners);
        }
        told.forEach(Runnable::run);
    }

    /** Whether requests should be sent here. */
    public synchronized boolean isReady() {
        return phase == Phase.READY;
    }

    public synchronized boolean refuses() {
        return phase == Phase.REFUSING;
    }

    /** For a probe's answer: starting, ready, stopping or refusing. */
    public synchronized String word() {
        return phase.name().toLowerCase(java.util.Locale.ROOT);
    }

    /**
     * Held weakly, because a connection that breaks does not always say so: it lasts as long as what it belongs to.
     *
     * @param listener told after every change, by the thread that made it; must return at once
     */
    public synchronized void onChange(Runnable listener) {
        listeners.add(listener);
    }

    public synchronized void forget(Runnable listener) {
        listeners.remove(listener);
    }
}
