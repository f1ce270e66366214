package dev.hone.telemetry.meters;

import dev.hone.events.Event;
import dev.hone.v1.RunFailed;
import dev.hone.v1.RunProgress;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs as their events tell of them. Counts and times have stage, outcome and code as tags, which are few; a run has gauges of
 * its own while a stage works on it, which end with the stage, or when it was silent for {@link #LONGEST_SILENCE}, or when
 * newer ones have taken all {@value #MOST} places. An event that comes again is counted once, as long as it is remembered.
 * Thread-safe.
 */
public final class RunMeters {
    /** Runs whose gauges are kept at once. */
    static final int MOST = 100;
    /** Longer than what anybody waits for a word of a run before they look after it. */
    static final Duration LONGEST_SILENCE = Duration.ofHours(2);
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);
    private static final Duration ECHO = Duration.ofSeconds(5);
    private static final int REMEMBERED = 10_000;
    private static final List<String> STAGES = List.of("train", "quantize", "evaluate");
    private static final Duration[] STAGE = {seconds(10), seconds(60), seconds(300), seconds(900), seconds(3600), seconds(4 * 3600), seconds(12 * 3600), seconds(48 * 3600)};
    private static final Duration[] WAIT = {seconds(1), seconds(5), seconds(15), seconds(60), seconds(300), seconds(900), seconds(3600), seconds(6 * 3600)};

    private record Key(String stage, String runId) {}

    private final MeterRegistry registry;
    private final Clock clock;
    private final Map<Key, RunGauges> running = new LinkedHashMap<>();
    /** Whose Job is not there yet, as its launcher tells, and since when that is known. */
    private final Map<Key, Instant> waiting = latest();
    private final Map<Key, Instant> ends = latest();
    private final Set<String> counted = Collections.newSetFromMap(latest());

    public RunMeters(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
        for (String stage : STAGES) {
            Gauge.builder("hone.runs.active", this, meters -> meters.active(stage)).tag("stage", stage).description("Runs that a stage works on").register(registry);
            Gauge.builder("hone.runs.waiting", this, meters -> meters.waiting(stage)).tag("stage", stage).description("Runs whose Job waits for the cluster").register(registry);
            for (String outcome : List.of("done", "user_error", "error")) {
                runs(stage, outcome);
            }
        }
        for (String outcome : List.of("passed", "refused")) {
            gate(outcome);
        }
    }

    private static <K, V> Map<K, V> latest() {
        return new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > REMEMBERED;
            }
        };
    }

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    /** A stage is at work on a run. What is told after its end is an echo and opens nothing anew. */
    public synchronized void progress(Event<RunProgress> event) {
        RunProgress progress = event.data();
        Key key = new Key(progress.getStage(), progress.getRunId());
        forgetSilent();
        if (isEcho(key, event.time())) {
            return;
        }
        if (progress.getSecondsRunning() == 0) {
            waiting.put(key, clock.instant());
            return;
        }
        waiting.remove(key);
        RunGauges gauges = running.get(key);
        if (gauges == null) {
            makeRoom();
            gauges = new RunGauges(registry, progress);
            running.put(key, gauges);
            if (counted.add("wait/" + key + event.time().minusMillis(Math.round(progress.getSecondsRunning() * 1000)).getEpochSecond())) {
                Timer.builder("hone.runs.wait").description("From the event that asks for a stage until its process begins").tag("stage", progress.getStage())
                        .serviceLevelObjectives(WAIT).register(registry).record(millis(progress.getSecondsWaited()));
            }
        }
        gauges.heard(progress, event.time(), clock.instant());
    }

    /** A stage wrote its result. */
    public void done(String stage, String runId, Event<?> result) {
        ended(new Key(stage, runId), "done", result);
    }

    /** A stage gave up. */
    public synchronized void failed(Event<RunFailed> event) {
        RunFailed failed = event.data();
        if (!counted.contains(name(event))) {
            Counter.builder("hone.run.failures").description("Runs that ended without a model, by the code of the reason").tag("stage", failed.getStage())
                    .tag("code", failed.getCode()).tag("kind", failed.getKind()).register(registry).increment();
        }
        ended(new Key(failed.getStage(), failed.getRunId()), failed.getKind(), event);
    }

    /** What the gate made of a run. */
    public synchronized void judged(Event<?> result, boolean passed) {
        if (counted.add("gate/" + name(result))) {
            gate(passed ? "passed" : "refused").increment();
        }
    }

    private synchronized void ended(Key key, String outcome, Event<?> last) {
        RunGauges gauges = running.remove(key);
        waiting.remove(key);
        ends.put(key, last.time());
        if (counted.add(name(last))) {
            runs(key.stage(), outcome).increment();
            if (gauges != null) {
                Timer.builder("hone.runs.stage").description("From the event that asks for a stage until its result, whether good or bad").tag("stage", key.stage())
                        .tag("outcome", outcome).serviceLevelObjectives(STAGE).register(registry).record(Duration.between(gauges.asked(), last.time()).abs());
            }
        }
        if (gauges != null) {
            gauges.close();
        }
    }

    /** A process says how it stands once more when it has written its result. */
    private boolean isEcho(Key key, Instant said) {
        Instant end = ends.get(key);
        return end != null && said.isBefore(end.plus(ECHO));
    }

    /** Of a delivery: the same work done again has events of the same ids, but not of the same time. */
    private static String name(Event<?> event) {
        return event.id() + "@" + event.time();
    }

    private Counter runs(String stage, String outcome) {
        return Counter.builder("hone.runs").description("Stages of runs by how they ended").tag("stage", stage).tag("outcome", outcome).register(registry);
    }

    private Counter gate(String outcome) {
        return Counter.builder("hone.gate.results").description("What the gate made of evaluated runs").tag("outcome", outcome).register(registry);
    }

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    private synchronized double active(String stage) {
        forgetSilent();
        return running.keySet().stream().filter(key -> key.stage().equals(stage)).count();
    }

    private synchronized double waiting(String stage) {
        waiting.values().removeIf(since -> since.isBefore(clock.instant().minus(LONGEST_WAIT)));
        return waiting.keySet().stream().filter(key -> key.stage().equals(stage)).count();
    }

    private void forgetSilent() {
        Instant oldest = clock.instant().minus(LONGEST_SILENCE);
        closeAll(running.entrySet().stream().filter(run -> run.getValue().heardAt().isBefore(oldest)).map(Map.Entry::getKey).toList());
    }

    private void makeRoom() {
        List<Key> keys = new ArrayList<>(running.keySet());
        closeAll(keys.subList(0, Math.max(0, keys.size() - MOST + 1)));
    }

    private void closeAll(Collection<Key> keys) {
        keys.forEach(key -> running.remove(key).close());
    }
}
