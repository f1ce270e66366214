package dev.hone.serving;

import io.grpc.Status;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/** What a dashboard asks of serving. Models are tags, because they are few; what users write never is one. */
@Singleton
class ServingMetrics {
    /** For requests that name a model nobody deployed: their names are the caller's choice, and without bound. */
    static final String UNKNOWN_MODEL = "unknown";

    private final MeterRegistry meters;

    @Inject
    ServingMetrics(MeterRegistry meters) {
        this.meters = meters;
    }

    void answered(String model, Status.Code outcome) {
        meters.counter("hone.serving.requests", "model", model, "outcome", outcome.name()).increment();
    }

    void tokens(String model, int prompt, int completion) {
        meters.counter("hone.serving.tokens", "model", model, "kind", "prompt").increment(prompt);
        meters.counter("hone.serving.tokens", "model", model, "kind", "completion").increment(completion);
    }

    /** From the request's arrival, the wait for a free thread included, to the first text. */
    void firstToken(String model, Duration after) {
        Timer.builder("hone.serving.first.token").tag("model", model).register(meters).record(after);
    }
}
