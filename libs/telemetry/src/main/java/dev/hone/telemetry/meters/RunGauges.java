package dev.hone.telemetry.meters;

import dev.hone.v1.RunProgress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** What a stage says last of a run. A figure has a gauge from when it is first known: what is unknown is no zero. */
final class RunGauges implements AutoCloseable {

    private enum Figure {
        STEP("hone.run.step", "Steps done", RunProgress::getStep),
        TOTAL_STEPS("hone.run.total.steps", "Steps that the stage takes", RunProgress::getTotalSteps),
        LOSS("hone.run.loss", "Mean loss per token of the last step, in nats", RunProgress::getLoss),
        VALIDATION_LOSS("hone.run.validation.loss", "Loss on the validation rows, as last computed", RunProgress::getValidationLoss),
        TOKENS("hone.run.tokens.per.second", "Tokens trained on a second", RunProgress::getTokensPerSecond),
        SECONDS_LEFT("hone.run.seconds.left", "Estimated seconds until the stage ends", RunProgress::getSecondsLeft),
        MEMORY("hone.run.memory.bytes", "Main memory that the process holds", RunProgress::getMemoryBytes),
        GPU_MEMORY("hone.run.gpu.memory.bytes", "Memory in use on the GPUs that the process sees", RunProgress::getGpuMemoryBytes),
        GPU_MEMORY_TOTAL("hone.run.gpu.memory.total.bytes", "Memory of the GPUs that the process sees", RunProgress::getGpuMemoryTotalBytes),
        GPU_USE("hone.run.gpu.utilization", "How much of the last seconds the GPUs computed, 0 to 1", RunProgress::getGpuUtilization);

        private final String name;
        private final String description;
        private final ToDoubleFunction<RunProgress> value;

        Figure(String name, String description, ToDoubleFunction<RunProgress> value) {
            this.name = name;
            this.description = description;
            this.value = value;
        }
    }

    private final MeterRegistry registry;
    private final Tags tags;
    private final List<Meter> made = new ArrayList<>();
    private final Map<Figure, Meter> gauges = new EnumMap<>(Figure.class);
    private volatile RunProgress latest;
    private volatile Instant heard = Instant.EPOCH;
    private volatile Instant moved = Instant.EPOCH;
    private Instant asked;

    RunGauges(MeterRegistry registry, RunProgress first) {
        this.registry = registry;
        this.tags = Tags.of("run_id", first.getRunId(), "stage", first.getStage(), "model", first.getModelName());
        this.latest = first;
        made.add(Gauge.builder("hone.run.heard.timestamp.seconds", this, run -> run.heard.toEpochMilli() / 1000.0).tags(tags)
                .description("When the run was heard of last, in seconds since 1970").register(registry));
        made.add(Gauge.builder("hone.run.moved.timestamp.seconds", this, run -> run.moved.toEpochMilli() / 1000.0).tags(tags)
                .description("When the run last did a step or began something else, in seconds since 1970").register(registry));
    }

    /** @param written when it was said; another machine's clock, and so of use beside others of it only */
    void heard(RunProgress progress, Instant written, Instant now) {
        if (asked == null) {
            asked = written.minusMillis(Math.round((progress.getSecondsRunning() + progress.getSecondsWaited()) * 1000));
        }
        if (moved.equals(Instant.EPOCH) || progress.getStep() != latest.getStep() || !progress.getMessage().equals(latest.getMessage())) {
            moved = now;
        }
        latest = progress;
        heard = now;
        for (Figure figure : Figure.values()) {
            if (figure.value.applyAsDouble(progress) != 0 || figure == Figure.GPU_USE && progress.getGpuMemoryTotalBytes() > 0) {
                gauges.computeIfAbsent(figure, this::gauge);
            }
        }
    }

    private Meter gauge(Figure figure) {
        Gauge gauge = Gauge.builder(figure.name, this, run -> figure.value.applyAsDouble(run.latest)).tags(tags).description(figure.description).register(registry);
        made.add(gauge);
        return gauge;
    }

    Instant heardAt() {
        return heard;
    }

    /** When the event was written that asked for this stage. */
    Instant asked() {
        return asked;
    }

    @Override
    public void close() {
        made.forEach(registry::remove);
    }
}
