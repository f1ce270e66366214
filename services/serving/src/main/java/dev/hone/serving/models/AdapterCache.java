package dev.hone.serving.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adapters in memory beside their bases: loaded when first asked for, the least recently used closed when memory is short.
 * One in use is never closed, so that more than the limits may be in memory while more than that is asked for at once.
 * Safe for use by several threads.
 */
public final class AdapterCache {
    private static final Logger LOG = LoggerFactory.getLogger(AdapterCache.class);

    /** @param bytes of all adapters together @param count of adapters */
    public record Limits(long bytes, int count) {
        public Limits {
            if (bytes < 1 || count < 1) {
                throw new IllegalArgumentException("Expected room for at least one adapter, found " + bytes + " bytes and " + count + " adapters.");
            }
        }
    }

    /** Told of what comes and goes; must return at once. */
    public interface Observer {
        default void loaded(ManifestRef adapter, long bytes, long nanos) {}

        default void evicted(ManifestRef adapter, long bytes) {}
    }

    private record Key(LoadedModel base, ManifestRef adapter) {}

    private static final class Entry {
        private final Key key;
        private final CompletableFuture<Entry> loaded = new CompletableFuture<>();
        private LoadedAdapter adapter;
        private int users;
        private boolean unwanted;

        private Entry(Key key) {
            this.key = key;
        }

        private boolean isIdle() {
            return adapter != null && users == 0;
        }
    }

    private final ModelSource source;
    private final Executor loaders;
    private final Limits limits;
    private final Observer observer;
    private final Map<Key, Entry> leastRecentFirst = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;
    private int count;

    /** @param loaders threads that may wait for the store */
    public AdapterCache(ModelSource source, Executor loaders, Limits limits, Observer observer) {
        this.source = source;
        this.loaders = loaders;
        this.limits = limits;
        this.observer = observer;
    }

    /**
     * The adapter, in memory until the hold is closed. Who no longer waits closes the hold that comes too late. Fails as
     * {@link ModelSource#loadAdapter} does; the next call tries again.
     *
     * @param base in memory for longer than the adapter's hold
     */
    public CompletableFuture<Hold> hold(SharedModels.Hold base, ManifestRef adapter) {
        Key key = new Key(base.model(), adapter);
        Entry entry;
        synchronized (this) {
            entry = leastRecentFirst.get(key);
            if (entry == null) {
                entry = new Entry(key);
                entry.users++;
                leastRecentFirst.put(key, entry);
                load(entry, base.another());
            } else {
                entry.users++;
                entry.unwanted = false;
            }
        }
        return entry.loaded.thenApply(Hold::new);
    }

    private void load(Entry entry, SharedModels.Hold base) {
        try {
            loaders.execute(() -> {
                try (base) {
                    loadNow(entry);
                }
            });
        } catch (RuntimeException e) {
            leastRecentFirst.remove(entry.key);
            base.close();
            throw e;
        }
    }

    private void loadNow(Entry entry) {
        long start = System.nanoTime();
        try {
            LoadedAdapter adapter = source.loadAdapter(entry.key.base, entry.key.adapter);
            synchronized (this) {
                entry.adapter = adapter;
                bytes += adapter.bytes();
                count++;
            }
            observer.loaded(entry.key.adapter, adapter.bytes(), System.nanoTime() - start);
            entry.loaded.complete(entry);
            makeRoom();
        } catch (Exception | Error e) {
            synchronized (this) {
                leastRecentFirst.remove(entry.key, entry);
            }
            LOG.warn("adapter not loaded adapter={} reason={}", entry.key.adapter.key(), e.toString());
            entry.loaded.completeExceptionally(e);
        }
    }

    private void makeRoom() {
        for (Optional<Entry> idle = oneTooMany(); idle.isPresent(); idle = oneTooMany()) {
            LOG.info("adapter evicted adapter={} bytes={}", idle.get().key.adapter.key(), idle.get().adapter.bytes());
            observer.evicted(idle.get().key.adapter, idle.get().adapter.bytes());
            idle.get().adapter.close();
        }
    }

    private synchronized Optional<Entry> oneTooMany() {
        Optional<Entry> one = count > limits.count() || bytes > limits.bytes()
                ? leastRecentFirst.values().stream().filter(Entry::isIdle).findFirst() : Optional.empty();
        one.ifPresent(this::remove);
        return one;
    }

    private void remove(Entry entry) {
        leastRecentFirst.remove(entry.key, entry);
        bytes -= entry.adapter.bytes();
        count--;
    }

    private void release(Entry entry) {
        boolean last;
        synchronized (this) {
            entry.users--;
            last = entry.unwanted && entry.users == 0;
            if (last) {
                remove(entry);
            }
        }
        if (last) {
            entry.adapter.close();
        }
        makeRoom();
    }

    /** Nothing deployed needs the adapter any more: it goes at once, or after its last use. */
    public void forget(ManifestRef adapter) {
        forgetAll(key -> key.adapter.equals(adapter));
    }

    /** The base is about to be closed. */
    public void forgetAllOf(LoadedModel base) {
        forgetAll(key -> key.base == base);
    }

    private void forgetAll(Predicate<Key> which) {
        List<Entry> idle;
        synchronized (this) {
            List<Entry> matching = leastRecentFirst.values().stream().filter(entry -> which.test(entry.key)).toList();
            matching.forEach(entry -> entry.unwanted = true);
            idle = matching.stream().filter(Entry::isIdle).toList();
            idle.forEach(this::remove);
        }
        idle.forEach(entry -> entry.adapter.close());
    }

    public synchronized boolean isLoaded(LoadedModel base, ManifestRef adapter) {
        // looking must not count as use: the map is in the order of access
        return leastRecentFirst.values().stream().anyMatch(entry -> entry.adapter != null && entry.key.equals(new Key(base, adapter)));
    }

    /** Adapters in memory. */
    public synchronized int count() {
        return count;
    }

    /** Bytes of all adapters in memory. */
    public synchronized long bytes() {
        return bytes;
    }

    /** Keeps an adapter in memory until it is closed. */
    public final class Hold implements AutoCloseable {
        private final Entry entry;
        private boolean closed;

        private Hold(Entry entry) {
            this.entry = entry;
        }

        public LoadedAdapter adapter() {
            return entry.adapter;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                release(entry);
            }
        }
    }
}
