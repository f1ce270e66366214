package dev.hone.serving.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.engine.EngineStatus;
import dev.hone.llm.engine.LoadedModel;
import dev.hone.llm.text.ChatTokenizer;
import dev.hone.serving.answer.ServingObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class ServingMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ReplicaState state = new ReplicaState();
    private final ServingMeters meters = new ServingMeters(registry, state);

    @Test
    void givenStepsOfNamedWeights_whenCounted_thenBatchTokensAndPreemptionsStandUnderTheirName() {
        LoadedModel weights = new Weights();
        meters.loaded(weights, "base", "v1", Duration.ofSeconds(1));
        meters.loaded(weights, "adapted", "v1", Duration.ofSeconds(1));
        meters.stepped(weights, 3, 16, 2, 5_000_000);
        meters.stepped(weights, 5, 0, 5, 1_000_000);
        meters.preempted(weights);

        assertEquals(8, registry.get("hone.serving.batch.size").tag("weights", "base").summary().totalAmount());
        assertEquals(2, registry.get("hone.serving.step").tag("weights", "base").timer().count());
        assertEquals(16, registry.get("hone.serving.computed.tokens").tags("weights", "base", "kind", "prompt").counter().count());
        assertEquals(7, registry.get("hone.serving.computed.tokens").tags("weights", "base", "kind", "answer").counter().count());
        assertEquals(1, registry.get("hone.serving.preemptions").tag("weights", "base").counter().count());
    }

    @Test
    void givenAnEngine_whenSomebodyLooks_thenTheGaugesShowItAsItIsNow() {
        AtomicReference<EngineStatus> now = new AtomicReference<>(new EngineStatus(1, 2, 100, 30, 10, 64));
        meters.watch(now::get);
        assertEquals(2, registry.get("hone.serving.waiting").gauge().value());
        now.set(new EngineStatus(4, 7, 100, 60, 20, 128));

        assertEquals(4, registry.get("hone.serving.running").gauge().value());
        assertEquals(7, registry.get("hone.serving.waiting").gauge().value());
        assertEquals(100, registry.get("hone.serving.cache.blocks").tag("state", "all").gauge().value());
        assertEquals(60, registry.get("hone.serving.cache.blocks").tag("state", "used").gauge().value());
        assertEquals(20, registry.get("hone.serving.cache.blocks").tag("state", "shared").gauge().value());
        assertEquals(128, registry.get("hone.serving.prefix.tokens.reused").functionCounter().count());
    }

    @Test
    void givenARetiredRevision_whenItIsForgotten_thenNoMeterOfItIsLeftAndItsSuccessorsStay() {
        meters.of("support", "v1").request("answer", "OK");
        meters.of("support", "v1").firstToken(1_000);
        meters.of("support", "v2").request("answer", "OK");
        meters.retired("support", "v1");

        assertTrue(registry.find("hone.serving.requests").tag("revision", "v1").meters().isEmpty());
        assertTrue(registry.find("hone.serving.first.token").tag("revision", "v1").meters().isEmpty());
        assertEquals(1, registry.get("hone.serving.requests").tags("revision", "v2", "outcome", "OK").counter().count());
    }

    @Test
    void givenANameNobodyDeployed_whenItsRequestIsRefused_thenTheNameIsNoTag() {
        meters.of("support", "v1");
        meters.refused("my secret question", "answer", "NOT_FOUND");
        meters.refused("support", "answer", "RESOURCE_EXHAUSTED");

        assertEquals(1, registry.get("hone.serving.requests").tags("model", "unknown", "outcome", "NOT_FOUND").counter().count());
        assertEquals(1, registry.get("hone.serving.requests").tags("model", "support", "outcome", "RESOURCE_EXHAUSTED").counter().count());
        assertNull(registry.find("hone.serving.requests").tag("model", "my secret question").counter());
    }

    @Test
    void givenLoadsAndShadows_whenCounted_thenEachHasItsMeter() {
        meters.loaded(new Weights(), "support", "v1", Duration.ofSeconds(2));
        meters.adapterLoaded("adapters/a/manifest.json", 1_000, Duration.ofMillis(30));
        meters.adapterEvicted("adapters/a/manifest.json", 1_000);
        meters.shadowed("support", "v2", ServingObserver.Shadow.ANSWERED, Duration.ofMillis(5), 0.5);
        meters.shadowed("support", "v2", ServingObserver.Shadow.DROPPED, Duration.ZERO, Double.NaN);
        meters.candidateFailed("support", "v2");

        assertEquals(2, registry.get("hone.serving.model.load").tag("model", "support").timer().totalTime(TimeUnit.SECONDS));
        assertEquals(1, registry.get("hone.serving.adapter.load").timer().count());
        assertEquals(1, registry.get("hone.serving.adapter.evictions").counter().count());
        assertEquals(1, registry.get("hone.serving.shadow").tags("model", "support", "revision", "v2", "outcome", "DROPPED").counter().count());
        assertEquals(0.5, registry.get("hone.serving.shadow.agreement").tags("revision", "v2").summary().totalAmount());
        assertEquals(1, registry.get("hone.serving.candidates.failed").tag("model", "support").counter().count());
    }

    @Test
    void givenAReplicaThatStarts_whenItHasConverged_thenItIsReadyAndTheGaugeSaysSo() {
        assertEquals(0, registry.get("hone.serving.ready").gauge().value());
        meters.converged();
        assertTrue(state.isReady());
        assertEquals(1, registry.get("hone.serving.ready").gauge().value());
    }

    private static final class Weights implements LoadedModel {
        @Override
        public ChatTokenizer tokenizer() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int contextLength() {
            return 1;
        }

        @Override
        public long parameters() {
            return 1;
        }

        @Override
        public long bytes() {
            return 1;
        }

        @Override
        public void close() {}
    }
}
