package dev.hone.serving.operations;

import dev.hone.llm.engine.EngineObserver;
import dev.hone.llm.engine.EngineStatus;
import dev.hone.llm.engine.LoadedModel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a dashboard asks of serving. Models, revisions and weights are tags, because a replica holds few of them and forgets
 * those that are gone; what users write never is one. Thread-safe.
 */
public final class ServingMeters implements EngineObserver {
    /** For requests that name a model nobody deployed: their names are the caller's choice, and without bound. */
    static final String UNKNOWN_MODEL = "unknown";
    /** Of requests that ended before a revision was chosen for them. */
    static final String NO_REVISION = "";
    private static final String UNNAMED = "unnamed";
    private static final double[] BATCH = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private record Revision(String model, String revision) {}

    private final MeterRegistry registry;
    private final Map<Revision, RevisionMeters> revisions = new ConcurrentHashMap<>();
    private final Map<LoadedModel, WeightMeters> weights = new ConcurrentHashMap<>();

    public ServingMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /** What is counted per set of weights in memory, which several models with adapters may share. */
    private static final class WeightMeters {
        private final DistributionSummary batch;
        private final Timer step;
        private final Counter promptTokens;
        private final Counter answerTokens;
        private final Counter preemptions;

        WeightMeters(MeterRegistry registry, String name) {
            batch = DistributionSummary.builder("hone.serving.batch.size").description("Sequences computed together in a step")
                    .tag("weights", name).serviceLevelObjectives(BATCH).register(registry);
            step = Timer.builder("hone.serving.step").description("Time of a step of the engine").tag("weights", name).register(registry);
            promptTokens = tokens(registry, name, "prompt");
            answerTokens = tokens(registry, name, "answer");
            preemptions = Counter.builder("hone.serving.preemptions").description("Sequences that gave their blocks up and were computed again")
                    .tag("weights", name).register(registry);
        }

        private static Counter tokens(MeterRegistry registry, String name, String kind) {
            return Counter.builder("hone.serving.computed.tokens").description("Tokens computed, whether or not their answer ever ends")
                    .tag("weights", name).tag("kind", kind).register(registry);
        }
    }

    /** Under which name the engine's work with these weights is counted: a model's name, or its base's. */
    public void named(LoadedModel model, String name) {
        weights.put(model, new WeightMeters(registry, name));
    }

    /** The weights are gone from memory. */
    public void unloaded(LoadedModel model) {
        weights.remove(model);
    }

    private WeightMeters of(LoadedModel model) {
        return weights.computeIfAbsent(model, unknown -> new WeightMeters(registry, UNNAMED));
    }

    @Override
    public void stepped(LoadedModel model, int sequences, int promptTokens, int answerTokens, long nanos) {
        WeightMeters meters = of(model);
        meters.batch.record(sequences);
        meters.step.record(nanos, TimeUnit.NANOSECONDS);
        meters.promptTokens.increment(promptTokens);
        meters.answerTokens.increment(answerTokens);
    }

    @Override
    public void preempted(LoadedModel model) {
        of(model).preemptions.increment();
    }

    /** Reads the engine's state whenever somebody looks. */
    public void watch(Supplier<EngineStatus> engine) {
        gauge("hone.serving.running", "Requests that are being computed", engine, EngineStatus::running);
        gauge("hone.serving.waiting", "Requests that wait for their turn", engine, EngineStatus::waiting);
        blocks("all", engine, EngineStatus::blocks);
        blocks("used", engine, EngineStatus::usedBlocks);
        blocks("shared", engine, EngineStatus::sharedBlocks);
        FunctionCounter.builder("hone.serving.prefix.tokens.reused", engine, now -> now.get().prefixTokensReused())
                .description("Tokens of prompts whose keys and values were there already").register(registry);
    }

    private void gauge(String name, String description, Supplier<EngineStatus> engine, ToDoubleFunction<EngineStatus> value) {
        Gauge.builder(name, engine, now -> value.applyAsDouble(now.get())).description(description).strongReference(true).register(registry);
    }

    private void blocks(String state, Supplier<EngineStatus> engine, ToDoubleFunction<EngineStatus> value) {
        Gauge.builder("hone.serving.cache.blocks", engine, now -> value.applyAsDouble(now.get())).tag("state", state)
                .description("Blocks of 16 tokens' keys and values").strongReference(true).register(registry);
    }

    /** A revision's weights are in memory. */
    public void modelLoaded(String model, String revision, Duration took) {
        of(model, revision);
        Timer.builder("hone.serving.model.load").description("Fetching, checking and packing a model").tag("model", model).register(registry).record(took);
    }

    /** An adapter was fetched from the store because a request asked for it, or because it is pinned. */
    public void adapterLoaded(String model, Duration took) {
        Timer.builder("hone.serving.adapter.load").description("Fetching, checking and packing an adapter").tag("model", model).register(registry).record(took);
    }

    /** An adapter was the least recently used one and had to go. */
    public void adapterEvicted(String model) {
        Counter.builder("hone.serving.adapter.evictions").description("Adapters that gave way to others").tag("model", model).register(registry).increment();
    }

    /** @param outcome a word from a small set: OK, or why there was none */
    public void shadowed(String model, String revision, String outcome) {
        of(model, revision).shadow(outcome);
    }

    /** Nobody will be answered by this revision any more. */
    public void retired(String model, String revision) {
        RevisionMeters gone = revisions.remove(new Revision(model, revision));
        if (gone != null) {
            gone.made().forEach(registry::remove);
        }
    }

    RevisionMeters of(String model, String revision) {
        return revisions.computeIfAbsent(new Revision(model, revision), key -> new RevisionMeters(registry, key.model(), key.revision()));
    }

    /** The model's name if it is one that was served here, else a word for all others. */
    String known(String model) {
        return revisions.keySet().stream().anyMatch(revision -> revision.model().equals(model)) ? model : UNKNOWN_MODEL;
    }

    /** A request that ended before a revision was chosen for it. */
    void refused(String model, String call, String outcome) {
        Counter.builder("hone.serving.requests").description("Requests by how they ended")
                .tag("model", known(model)).tag("revision", NO_REVISION).tag("call", call).tag("outcome", outcome).register(registry).increment();
    }
}
