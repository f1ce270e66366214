package dev.hone.serving;

import dev.hone.llm.engine.Engine;
import dev.hone.serving.operations.ReplicaState;
import dev.hone.serving.operations.ServingMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator sees and asks for: meters, spans, and an orderly stop. */
@ApplicationScoped
class Operations {
    private static final Logger LOG = LoggerFactory.getLogger(Operations.class);

    @Produces
    @Singleton
    ReplicaState state() {
        return new ReplicaState();
    }

    @Produces
    @Singleton
    ServingMeters meters(MeterRegistry registry, ReplicaState state) {
        return new ServingMeters(registry, state);
    }

    /**
     * A stop was asked for. This event comes while the port is still open; the one at the end of the application comes after
     * Quarkus has closed it, together with every answer on its way.
     */
    void drain(@Observes ShutdownDelayInitiatedEvent asked, ReplicaState state, ServingConfig config, OpenConnections connections, Engine engine) throws InterruptedException {
        state.stopping();
        Thread.sleep(config.serving().stopWait());
        state.refusing();
        Duration grace = config.serving().stopGrace();
        connections.sendAway(grace);
        LOG.info("stopping, answers at hand may end running={} waiting={} graceMillis={}", engine.status().running(), engine.status().waiting(), grace.toMillis());
        engine.drain(grace);
    }
}
