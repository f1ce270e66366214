package dev.hone.cli.load;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.load.MemoryWatch.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the load test found, as lines. */
record LoadReport(Tally tally, MemoryWatch memory, Map<String, Long> deployedAt, double seconds) {
    private static final double[] SHARES = {0.5, 0.9, 0.99, 1};
    /** Until then a process still compiles its code and fills its cache. */
    private static final double LONG_ENOUGH_SECONDS = 60;
    /** What a warm process may hold more in its last quarter than in its second. */
    private static final double GROWTH = 1.15;

    boolean holds() {
        return tally.outcomes().keySet().stream().noneMatch(Outcome::isFault) && growing().isEmpty();
    }

    List<String> lines() {
        List<String> lines = new ArrayList<>();
        Table outcomes = Table.ofFigures("requests", "");
        tally.outcomes().forEach((outcome, count) -> outcomes.row(outcome.words(), Figures.whole(count)));
        lines.addAll(outcomes.lines());
        lines.add("");
        lines.add(Figures.whole(tally.requests()) + " requests in " + Figures.decimal(seconds, 0) + " s; whole answers gave " + Figures.decimal(tally.tokens() / seconds, 0) + " tokens per second.");
        Table latencies = Table.ofFigures("seconds", "half", "90 %", "99 %", "longest");
        latencies.row(row("to the first piece", tally.firstToken(SHARES)));
        latencies.row(row("to the whole answer", tally.whole(SHARES)));
        lines.addAll(latencies.lines());
        lines.add("");
        lines.addAll(revisions());
        lines.add("");
        lines.addAll(memoryLines());
        lines.addAll(tally.faults());
        growing().ifPresent(process -> lines.add("memory grew: " + process));
        lines.add(holds() ? "Held: no request failed but those of the killed process, none was answered by a mixture, memory is flat." : "Not held.");
        return lines;
    }

    private static String[] row(String name, double[] values) {
        List<String> row = new ArrayList<>(List.of(name));
        for (double value : values) {
            row.add(Figures.decimal(value, 3));
        }
        return row.toArray(String[]::new);
    }

    private List<String> revisions() {
        Table table = Table.ofFigures("revision", "whole answers", "first piece after its deploy");
        Map<String, Long> firstBy = tally.firstBy();
        tally.answersBy().forEach((revision, answers) -> table.row(revision, Figures.whole(answers),
                deployedAt.containsKey(revision) ? Figures.decimal((firstBy.get(revision) - deployedAt.get(revision)) / 1e9, 2) + " s" : "-"));
        return table.lines();
    }

    private List<String> memoryLines() {
        Table table = Table.ofFigures("resident memory", "1st quarter", "2nd", "3rd", "4th", "most");
        memory.byProcess().forEach((process, samples) -> table.row(process, quarter(samples, 0), quarter(samples, 1), quarter(samples, 2), quarter(samples, 3),
                Figures.bytes(samples.stream().mapToLong(Sample::bytes).max().orElse(0))));
        return table.lines();
    }

    private static String quarter(List<Sample> samples, int n) {
        return Figures.bytes(MemoryWatch.mean(samples, n / 4.0, (n + 1) / 4.0));
    }

    private Optional<String> growing() {
        return memory.byProcess().entrySet().stream().filter(e -> e.getValue().getLast().seconds() - e.getValue().getFirst().seconds() > LONG_ENOUGH_SECONDS)
                .filter(e -> MemoryWatch.mean(e.getValue(), 0.75, 1) > GROWTH * MemoryWatch.mean(e.getValue(), 0.25, 0.5)).map(Map.Entry::getKey).findFirst();
    }
}
