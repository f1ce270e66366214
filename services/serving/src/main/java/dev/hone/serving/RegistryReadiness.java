package dev.hone.serving;

import dev.hone.serving.operations.ReplicaState;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** A replica takes requests once it serves what the registry named when it started, and until it is to stop. */
@Readiness
class RegistryReadiness implements HealthCheck {
    private final ReplicaState state;
    private final ModelRegistry registry;

    @Inject
    RegistryReadiness(ReplicaState state, ModelRegistry registry) {
        this.state = state;
        this.registry = registry;
    }

    @Override
    public HealthCheckResponse call() {
        if (registry.isReady()) {
            state.converged();
        }
        return HealthCheckResponse.named("models").status(state.isReady()).withData("state", state.word()).build();
    }
}
