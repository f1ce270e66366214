package dev.hone.serving.operations;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** What is counted for one revision of one model. */
final class RevisionMeters {
    private static final Duration[] FIRST_TOKEN = millis(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);
    private static final Duration[] NEXT_TOKEN = millis(2, 5, 10, 20, 30, 50, 75, 100, 150, 250, 500, 1_000, 2_500);
    private static final Duration[] ANSWER = millis(50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000);

    private final MeterRegistry registry;
    private final Tags tags;
    private final Set<Meter> made = ConcurrentHashMap.newKeySet();
    private final Timer queued;
    private final Timer firstToken;
    private final Timer nextToken;
    private final Timer answer;
    private final Counter promptTokens;
    private final Counter completionTokens;

    RevisionMeters(MeterRegistry registry, String model, String revision) {
        this.registry = registry;
        this.tags = Tags.of("model", model, "revision", revision);
        queued = timer("hone.serving.queued", "From a request's arrival until it leaves the queue", FIRST_TOKEN);
        firstToken = timer("hone.serving.first.token", "From a request's arrival to its first token", FIRST_TOKEN);
        nextToken = timer("hone.serving.next.token", "Between two tokens of an answer", NEXT_TOKEN);
        answer = timer("hone.serving.answer", "From a request's arrival to the end of its answer", ANSWER);
        promptTokens = tokens("prompt");
        completionTokens = tokens("completion");
    }

    private static Duration[] millis(long... values) {
        return java.util.Arrays.stream(values).mapToObj(Duration::ofMillis).toArray(Duration[]::new);
    }

    private Timer timer(String name, String description, Duration[] buckets) {
        return keep(Timer.builder(name).description(description).tags(tags).serviceLevelObjectives(buckets).register(registry));
    }

    private Counter tokens(String kind) {
        return keep(Counter.builder("hone.serving.tokens").description("Tokens of complete answers").tags(tags.and("kind", kind)).register(registry));
    }

    private <M extends Meter> M keep(M meter) {
        made.add(meter);
        return meter;
    }

    void queued(long nanos) {
        queued.record(nanos, TimeUnit.NANOSECONDS);
    }

    void firstToken(long nanos) {
        firstToken.record(nanos, TimeUnit.NANOSECONDS);
    }

    void nextToken(long nanos) {
        nextToken.record(nanos, TimeUnit.NANOSECONDS);
    }

    void answered(long nanos, int prompt, int completion) {
        answer.record(nanos, TimeUnit.NANOSECONDS);
        promptTokens.increment(prompt);
        completionTokens.increment(completion);
    }

    void request(String call, String outcome) {
        keep(Counter.builder("hone.serving.requests").description("Requests by how they ended").tags(tags.and("call", call, "outcome", outcome)).register(registry)).increment();
    }

    /** @param agreement 0 to 1, NaN where there is no answer to compare */
    void shadow(String outcome, double agreement) {
        keep(Counter.builder("hone.serving.shadow").description("Copies of requests that a candidate answered for nobody").tags(tags.and("outcome", outcome)).register(registry)).increment();
        if (!Double.isNaN(agreement)) {
            keep(DistributionSummary.builder("hone.serving.shadow.agreement").description("Share of an answer's first tokens that the candidate chose, too")
                    .tags(tags).register(registry)).record(agreement);
        }
    }

    List<Meter> made() {
        return List.copyOf(made);
    }
}
