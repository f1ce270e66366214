package dev.hone.serving.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.events.Event;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.FakeModels;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;

/** A registry over models and adapters that are not there, and what its tests ask of it. */
abstract class RegistryFixture {
    final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    final FakeModels store = new FakeModels();
    final AdapterCache adapters = new AdapterCache(store, Runnable::run, new AdapterCache.Limits(1000, 2), new AdapterCache.Observer() {});
    final List<String> told = new ArrayList<>();
    final RegistryListener listener = new RegistryListener() {
        @Override
        public void unservable(Event<Deploy> record, String revision, String reason, Throwable cause) {
            told.add(revision + ": " + reason);
        }

        @Override
        public void failedTrial(Event<Deploy> record, String reason) {
            told.add(record.data().getModelName() + " failed: " + reason);
        }
    };
    final ModelRegistry registry = new ModelRegistry(new SharedLoader(store, adapters, ServingObserver.NONE), background, listener, ServingObserver.NONE);

    @AfterEach
    void stop() {
        background.shutdownNow();
    }

    /** Work submitted so far is done when this returns, and what that submitted. */
    void settle() throws Exception {
        for (int i = 0; i < 3; i++) {
            background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        }
    }

    @SafeVarargs
    final void replay(Event<Deploy>... records) throws Exception {
        Map<String, Event<Deploy>> last = new TreeMap<>();
        List.of(records).forEach(record -> last.put(record.data().getModelName(), record));
        registry.replay(last);
        settle();
    }

    void deploy(Event<Deploy> record) throws Exception {
        registry.deploy(record);
        settle();
    }

    ServedModel only() {
        assertEquals(1, registry.list().size());
        return registry.list().getFirst();
    }

    String answers(String name) throws Refusal {
        try (Lease lease = registry.lease(name, "c")) {
            return lease.revision().label();
        }
    }

    Refusal refusal(String name) {
        return assertThrows(Refusal.class, () -> registry.lease(name, "c"));
    }

    List<String> roles() {
        return only().getRevisionsList().stream().map(one -> one.getRole() + " " + one.getRevision() + " " + one.getState() + " " + one.getPercent() + "% " + one.getWeights()).toList();
    }
}
