package dev.hone.llm.engine;

import dev.hone.llm.forward.Adapter;
import java.util.function.Consumer;

/** An adapter beside a model of one engine. */
final class HostedAdapter implements LoadedAdapter {
    private final HostedModel base;
    private final Adapter forward;
    private final Uses uses;

    /** @param whenFree called once, after {@link #close}, when nothing uses it any more */
    HostedAdapter(HostedModel base, Adapter forward, Consumer<HostedAdapter> whenFree) {
        this.base = base;
        this.forward = forward;
        this.uses = new Uses(() -> whenFree.accept(this));
    }

    Adapter forward() {
        return forward;
    }

    Uses uses() {
        return uses;
    }

    @Override
    public HostedModel base() {
        return base;
    }

    @Override
    public long bytes() {
        return forward.bytes();
    }

    @Override
    public void close() {
        uses.close();
    }
}
