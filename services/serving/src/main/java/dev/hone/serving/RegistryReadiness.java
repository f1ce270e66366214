package dev.hone.serving;

import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** A replica takes requests once it serves what the registry named when it started. */
@Readiness
class RegistryReadiness implements HealthCheck {
    private final ModelRegistry registry;

    @Inject
    RegistryReadiness(ModelRegistry registry) {
        this.registry = registry;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("models").status(registry.isReady()).withData("names", registry.list().size()).build();
    }
}
