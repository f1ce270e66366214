package dev.hone.serving.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.ServedAs;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdapterCacheTest {
    private final FakeModels store = new FakeModels();
    private final List<String> evicted = new ArrayList<>();
    private final AdapterCache.Observer observer = new AdapterCache.Observer() {
        @Override
        public void evicted(ManifestRef adapter, long bytes) {
            evicted.add(adapter.key());
        }
    };
    private final AdapterCache cache = new AdapterCache(store, Runnable::run, new AdapterCache.Limits(1000, 2), observer);
    private final SharedModels models = new SharedModels(store, cache::forgetAllOf);
    private SharedModels.Hold base;

    @BeforeEach
    void loadBase() throws IOException {
        base = models.hold(new ModelKey(FakeModels.ref("base"), Optional.empty(), ServedAs.STORED));
    }

    private AdapterCache.Hold hold(String name) {
        return cache.hold(base, FakeModels.ref(name)).join();
    }

    private void use(String name) {
        hold(name).close();
    }

    @Test
    void givenRoomForTwo_whenAThirdIsUsed_thenTheLeastRecentlyUsedGoes() {
        use("a");
        use("b");
        use("a");
        use("c");

        assertEquals(List.of("b/manifest.json"), evicted);
        assertEquals(List.of("b"), store.closed);
        assertTrue(cache.isLoaded(base.model(), FakeModels.ref("a")));
        assertFalse(cache.isLoaded(base.model(), FakeModels.ref("b")));
        assertEquals(2, cache.count());
        assertEquals(20, cache.bytes());
    }

    @Test
    void givenAnEvictedAdapter_whenAskedForAgain_thenItIsLoadedAgain() {
        use("a");
        use("b");
        use("c");
        use("a");

        assertEquals(List.of("base", "a", "b", "c", "a"), store.loads);
    }

    @Test
    void givenAllInUse_whenMoreAreAskedFor_thenNoneIsClosedUntilOneIsGivenBack() {
        AdapterCache.Hold a = hold("a");
        AdapterCache.Hold b = hold("b");
        AdapterCache.Hold c = hold("c");
        assertEquals(List.of(), store.closed);

        b.close();
        b.close();
        assertEquals(List.of("b"), store.closed);
        a.close();
        c.close();
        assertEquals(List.of("b"), store.closed);
    }

    @Test
    void givenALimitOfBytes_whenItIsPassed_thenTheOldestGoes() {
        AdapterCache small = new AdapterCache(store, Runnable::run, new AdapterCache.Limits(25, 100), observer);
        for (String name : List.of("a", "b", "c")) {
            small.hold(base, FakeModels.ref(name)).join().close();
        }
        assertEquals(List.of("a/manifest.json"), evicted);
    }

    @Test
    void givenOneThatIsHeldForGood_whenOthersComeAndGo_thenItStays() {
        hold("pinned");
        use("b");
        use("c");
        use("d");

        assertTrue(cache.isLoaded(base.model(), FakeModels.ref("pinned")));
        assertEquals(List.of("b", "c"), store.closed);
    }

    @Test
    void givenALoadUnderWay_whenAskedForTwice_thenItIsLoadedOnceAndBothGetIt() {
        Queue<Runnable> threads = new ArrayDeque<>();
        AdapterCache slow = new AdapterCache(store, threads::add, new AdapterCache.Limits(1000, 2), observer);
        CompletableFuture<AdapterCache.Hold> first = slow.hold(base, FakeModels.ref("a"));
        CompletableFuture<AdapterCache.Hold> second = slow.hold(base, FakeModels.ref("a"));
        assertFalse(first.isDone());

        threads.remove().run();
        assertTrue(threads.isEmpty());
        assertSame(first.join().adapter(), second.join().adapter());
    }

    @Test
    void givenAStoreThatIsAway_whenAskedForAgainLater_thenItIsTriedAgain() {
        store.outages.put("a", 1);
        CompletionException failure = assertThrows(CompletionException.class, () -> hold("a"));
        assertTrue(failure.getCause() instanceof IOException);

        assertEquals("a", hold("a").adapter().toString());
    }

    @Test
    void givenAnAdapterNobodyWantsAnyMore_whenItIsInUse_thenItGoesAfterItsLastUse() {
        AdapterCache.Hold a = hold("a");
        use("b");
        cache.forget(FakeModels.ref("a"));
        cache.forget(FakeModels.ref("b"));
        assertEquals(List.of("b"), store.closed);

        a.close();
        assertEquals(List.of("b", "a"), store.closed);
        assertEquals(0, cache.count());
    }

    @Test
    void givenABase_whenItIsClosed_thenItsAdaptersGoBeforeIt() {
        use("a");
        base.close();

        assertEquals(List.of("a", "base"), store.closed);
    }
}
