package dev.hone.serving.registry;

import dev.hone.llm.engine.LoadedModel;
import dev.hone.serving.models.AdapterCache;
import java.io.IOException;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Brings what a deploy record names into memory. */
interface RevisionLoader {
    /**
     * @param adapterToo whether an unmerged adapter is loaded before this returns, and not when it is first asked for
     * @throws IOException when the store cannot be reached: the same call may succeed later
     * @throws RuntimeException when there is no such model, or it cannot be run: the sentence says why
     */
    Loaded load(Revision revision, Weights weights, boolean adapterToo) throws IOException;

    /** Called when a revision was closed. @param wanted those that may be asked for again: their copies stay */
    void forget(Revision closed, Collection<Revision> wanted);

    /** A revision's hold on memory. */
    interface Loaded extends AutoCloseable {
        LoadedModel model();

        /** Nothing where weights are no adapter's or merged; otherwise the adapter, which the caller gives back. */
        CompletableFuture<Optional<AdapterCache.Hold>> adapter();

        /** Whether an answer would begin without a wait for the store. */
        boolean isAdapterLoaded();

        @Override
        void close();
    }
}
