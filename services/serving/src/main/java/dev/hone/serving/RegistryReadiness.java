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

    @Inject
    RegistryReadiness(ReplicaState state) {
        this.state = state;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("models").status(state.isReady()).withData("state", state.word()).build();
    }
}
