package dev.hone.llm.engine;

import java.util.Optional;

/** What was asked, as far as the engine is concerned: one sequence or several with one fate. */
final class Request implements Ticket {
    private final Lane lane;
    private final Optional<HostedAdapter> adapter;
    private final String prefixKey;
    private final long deadlineNanos;
    private final long arrival;
    private final Runnable wake;
    private final long askedNanos = System.nanoTime();
    private int sequences;
    private volatile boolean cancelled;

    /** @param wake called when it is cancelled */
    Request(Lane lane, Optional<HostedAdapter> adapter, String prefixKey, long deadlineNanos, long arrival, Runnable wake) {
        this.lane = lane;
        this.adapter = adapter;
        this.prefixKey = prefixKey;
        this.deadlineNanos = deadlineNanos;
        this.arrival = arrival;
        this.wake = wake;
    }

    Lane lane() {
        return lane;
    }

    Optional<HostedAdapter> adapter() {
        return adapter;
    }

    String prefixKey() {
        return prefixKey;
    }

    /** Its place among all requests of the engine. */
    long arrival() {
        return arrival;
    }

    long askedNanos() {
        return askedNanos;
    }

    /** One more sequence of it is in the engine. Called by the engine's thread. */
    void joined() {
        sequences++;
    }

    /** @return whether that was the last one. Called by the engine's thread */
    boolean left() {
        return --sequences == 0;
    }

    @Override
    public void cancel() {
        cancelled = true;
        wake.run();
    }

    boolean isCancelled() {
        return cancelled;
    }

    boolean isExpired(long now) {
        return deadlineNanos != Long.MAX_VALUE && now - deadlineNanos >= 0;
    }
}
