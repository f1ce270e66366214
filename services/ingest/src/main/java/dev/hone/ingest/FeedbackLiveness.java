package dev.hone.ingest;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Feedback is read by a thread that nobody calls: if it ended, nothing else would fail. */
@Liveness
class FeedbackLiveness implements HealthCheck {
    private final FeedbackListener feedback;

    FeedbackLiveness(FeedbackListener feedback) {
        this.feedback = feedback;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("feedback").status(feedback.isAlive()).build();
    }
}
