package dev.hone.serving.registry;

import dev.hone.llm.engine.LoadedModel;
import dev.hone.serving.models.AdapterCache;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** One answer's hold on a revision, which stays in memory until the lease is closed. */
public final class Lease implements AutoCloseable {
    private final Revision revision;
    private final RevisionLoader.Loaded loaded;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();

    Lease(Revision revision, RevisionLoader.Loaded loaded, Runnable onClose) {
        this.revision = revision;
        this.loaded = loaded;
        this.onClose = onClose;
    }

    public Revision revision() {
        return revision;
    }

    public LoadedModel model() {
        return loaded.model();
    }

    /** The adapter to compute beside the model, if the revision has one that is not merged; given back before the lease is. */
    public CompletableFuture<Optional<AdapterCache.Hold>> adapter() {
        return loaded.adapter();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.run();
        }
    }
}
