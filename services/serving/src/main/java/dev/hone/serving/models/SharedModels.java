package dev.hone.serving.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.LoadedModel;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Models in memory, each once, closed when the last hold on it ends. Safe for use by several threads. */
public final class SharedModels {
    private final ModelSource source;
    private final Consumer<LoadedModel> onClosing;
    private final Map<ModelKey, Entry> entries = new HashMap<>();
    private final Set<ModelKey> loading = new HashSet<>();

    private static final class Entry {
        private final ModelKey key;
        private final LoadedModel model;
        private int holds;

        private Entry(ModelKey key, LoadedModel model) {
            this.key = key;
            this.model = model;
        }
    }

    /** @param onClosing told of a model that nobody holds any more, just before it is closed: what was loaded beside it goes first */
    public SharedModels(ModelSource source, Consumer<LoadedModel> onClosing) {
        this.source = source;
        this.onClosing = onClosing;
    }

    /**
     * Loads the model unless it is in memory; holds of others go on meanwhile.
     *
     * @throws IOException when the store cannot be reached
     */
    public Hold hold(ModelKey key) throws IOException {
        synchronized (this) {
            awaitOthersLoad(key);
            Entry there = entries.get(key);
            if (there != null) {
                return new Hold(there);
            }
            loading.add(key);
        }
        try {
            return added(key, source.load(key));
        } finally {
            synchronized (this) {
                loading.remove(key);
                notifyAll();
            }
        }
    }

    private synchronized Hold added(ModelKey key, LoadedModel model) {
        Entry entry = new Entry(key, model);
        entries.put(key, entry);
        loading.remove(key);
        return new Hold(entry);
    }

    private void awaitOthersLoad(ModelKey key) throws IOException {
        try {
            while (loading.contains(key)) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while another thread loads " + key.model().key(), e);
        }
    }

    /** Whether a model in memory is made of the artifact. */
    public synchronized boolean uses(ManifestRef artifact) {
        return entries.keySet().stream().anyMatch(key -> key.isMadeOf(artifact)) || loading.stream().anyMatch(key -> key.isMadeOf(artifact));
    }

    private void release(Entry entry) {
        synchronized (this) {
            if (--entry.holds > 0) {
                return;
            }
            entries.remove(entry.key);
        }
        onClosing.accept(entry.model);
        entry.model.close();
    }

    /** Keeps a model in memory until it is closed. */
    public final class Hold implements AutoCloseable {
        private final Entry entry;
        private boolean closed;

        private Hold(Entry entry) {
            this.entry = entry;
            entry.holds++;
        }

        public ModelKey key() {
            return entry.key;
        }

        public LoadedModel model() {
            return entry.model;
        }

        /** A second hold on the same model, for work that may outlive this one. */
        public Hold another() {
            synchronized (SharedModels.this) {
                if (closed) {
                    throw new IllegalStateException("a hold that has ended cannot be shared");
                }
                return new Hold(entry);
            }
        }

        @Override
        public void close() {
            synchronized (SharedModels.this) {
                if (closed) {
                    return;
                }
                closed = true;
            }
            release(entry);
        }
    }
}
