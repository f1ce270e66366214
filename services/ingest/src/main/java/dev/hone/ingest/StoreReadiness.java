package dev.hone.ingest;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import java.io.IOException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** An upload would only fail while the store is away. */
@Readiness
class StoreReadiness implements HealthCheck {
    private final ArtifactStore store;

    StoreReadiness(ArtifactStore store) {
        this.store = store;
    }

    @Override
    public HealthCheckResponse call() {
        try {
            store.exists(ArtifactLayout.datasets());
            return HealthCheckResponse.up("store");
        } catch (IOException e) {
            return HealthCheckResponse.named("store").down().withData("reason", e.getMessage()).build();
        }
    }
}
