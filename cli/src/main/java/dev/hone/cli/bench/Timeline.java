package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.events.Event;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.Deploy;
import dev.hone.v1.EvalDone;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainRequested;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * When what happened in one run, by its events' own times. A stage's numerical work is taken to lie between the first and
 * the last {@code run.progress} that counts steps; all else is the pipeline's: planning, starting a process, fetching,
 * loading, storing, telling.
 */
record Timeline(List<Event<?>> events) {

    /** A stage from the event that asked for it to the event that ends it. */
    record Span(String name, Duration total, Duration numerical) {
        Duration overhead() {
            return total.minus(numerical);
        }
    }

    List<Span> spans() {
        return List.of(
                new Span("plan", between(DatasetReady.class, TrainRequested.class), Duration.ZERO),
                new Span("train", between(TrainRequested.class, AdapterTrained.class), working("train")),
                new Span("quantize", between(AdapterTrained.class, QuantizeDone.class), working("quantize")),
                new Span("evaluate", between(QuantizeDone.class, EvalDone.class), working("evaluate")),
                new Span("deploy", between(EvalDone.class, Deploy.class), Duration.ZERO));
    }

    List<String> lines() {
        Table table = Table.ofFigures("stage", "seconds", "numerical", "not numerical");
        Duration total = Duration.ZERO;
        Duration numerical = Duration.ZERO;
        for (Span span : spans()) {
            row(table, span.name(), span.total(), span.numerical());
            total = total.plus(span.total());
            numerical = numerical.plus(span.numerical());
        }
        row(table, "all", total, numerical);
        return table.lines();
    }

    private static void row(Table table, String name, Duration total, Duration numerical) {
        table.row(name, seconds(total), seconds(numerical), seconds(total.minus(numerical)));
    }

    private static String seconds(Duration duration) {
        return Figures.decimal(duration.toMillis() / 1e3, 2);
    }

    private Duration between(Class<?> first, Class<?> second) {
        return Duration.between(time(first), time(second));
    }

    private Instant time(Class<?> type) {
        return events.stream().filter(event -> type.isInstance(event.data())).map(Event::time).findFirst().orElseThrow();
    }

    private Duration working(String stage) {
        Optional<Instant> first = progress(stage).min(Instant::compareTo);
        Optional<Instant> last = progress(stage).max(Instant::compareTo);
        return first.isPresent() ? Duration.between(first.get(), last.get()) : Duration.ZERO;
    }

    private Stream<Instant> progress(String stage) {
        return events.stream().filter(event -> isWork(event, stage)).map(Event::time);
    }

    private static boolean isWork(Event<?> event, String stage) {
        return event.data() instanceof RunProgress progress && progress.getStage().equals(stage) && progress.getTotalSteps() > 0;
    }
}
