package dev.hone.serving.operations;

import dev.hone.llm.engine.EngineObserver;
import dev.hone.llm.engine.EngineStatus;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.serving.answer.ServingObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * What a dashboard asks of serving. Models, revisions and weights are tags, because a replica holds few of them and forgets
 * those that are gone; what users write never is one. Thread-safe.
 */
public final class ServingMeters implements EngineObserver, ServingObserver {
    /** For requests that name a model nobody deployed: their names are the caller's choice, and without bound. */
    static final String UNKNOWN_MODEL = "unknown";
    /** Of requests that ended before a revision was chosen for them. */
    static final String NO_REVISION = "";
    private static final String UNNAMED = "unnamed";
    private static final double[] BATCH = {1, 2, 4, 8, 16, 32, 64, 128, 256};

    private record Revision(String model, String revision) {}

    private final MeterRegistry registry;
    private final ReplicaState state;
    private final Map<Revision, RevisionMeters> revisions = new ConcurrentHashMap<>();
    /** Weakly, because nobody says when weights leave the memory that several revisions shared. */
    private final Map<LoadedModel, WeightMeters> weights = Collections.synchronizedMap(new WeakHashMap<>());

    /** @param state told when the replica has converged */
    public ServingMeters(MeterRegistry registry, ReplicaState state) {
        this.registry = registry;
        this.state = state;
        Gauge.builder("hone.serving.ready", state, now -> now.isReady() ? 1 : 0).description("Whether requests should be sent here").register(registry);
    }

    @Override
    public void converged() {
        state.converged();
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

    /** The engine's work with weights that several models share is counted under the name of the first. */
    @Override
    public void loaded(LoadedModel memory, String model, String revision, Duration took) {
        of(model, revision);
        weights.computeIfAbsent(memory, loaded -> new WeightMeters(registry, model));
        Timer.builder("hone.serving.model.load").description("Fetching, checking and packing a revision").tag("model", model).register(registry).record(took);
    }

    @Override
    public void adapterLoaded(String adapter, long bytes, Duration took) {
        Timer.builder("hone.serving.adapter.load").description("Fetching, checking and packing an adapter").register(registry).record(took);
    }

    @Override
    public void adapterEvicted(String adapter, long bytes) {
        Counter.builder("hone.serving.adapter.evictions").description("Adapters that gave way to others").register(registry).increment();
    }

    @Override
    public void shadowed(String model, String revision, Shadow outcome, Duration took, double agreement) {
        of(model, revision).shadow(outcome.name(), agreement);
    }

    @Override
    public void candidateFailed(String model, String revision) {
        Counter.builder("hone.serving.candidates.failed").description("Candidates that fell below their bounds here").tag("model", model).register(registry).increment();
    }

    @Override
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
