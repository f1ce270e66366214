package dev.hone.cli.run;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.v1.EvalDone;
import dev.hone.v1.EvalScore;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists runs, or shows one. */
@Command(name = "runs", description = {"List the runs, or show one: its stages, its figures, and why it ended as it did.",
        "Everything shown is rebuilt from the topics each time."},
        footer = {"", "Examples:", "  ./hone runs", "  ./hone runs r1f2e3d4c5b6a7988", "  ./hone runs support --follow"})
public final class RunsCommand implements Callable<Integer> {
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm").withZone(ZoneId.systemDefault());

    @Mixin private HomeOption home;

    @Parameters(arity = "0..1", paramLabel = "RUN", description = "A run's id or the beginning of it; or a model's name for its latest run.")
    private String wanted;

    @Option(names = "--follow", description = "Stay until the run has ended.")
    private boolean follow;

    @Override
    public Integer call() {
        Terminal terminal = Terminal.standard();
        try (Follower follower = new Follower(home.endpoints(), terminal)) {
            if (wanted == null) {
                terminal.lines(list(follower.board().all()));
                return 0;
            }
            Run run = find(follower.board(), wanted);
            return follow ? followed(follower, run, terminal) : shown(run, terminal);
        }
    }

    private static int followed(Follower follower, Run run, Terminal terminal) {
        Run ended = follower.untilEnd(board -> board.run(run.id()));
        return RunReport.print(ended, terminal);
    }

    private static int shown(Run run, Terminal terminal) {
        terminal.lines(new RunView(terminal).lines(run, Instant.now()));
        run.quantized().map(QuantizationView::lines).filter(lines -> !lines.isEmpty()).ifPresent(lines -> {
            terminal.line("");
            terminal.lines(lines);
        });
        run.evaluated().ifPresent(event -> RunReport.figures(event, terminal));
        return 0;
    }

    static Run find(RunBoard board, String wanted) {
        List<Run> byId = board.all().stream().filter(run -> run.id().startsWith(wanted)).toList();
        if (byId.size() == 1) {
            return byId.getFirst();
        }
        return board.all().stream().filter(run -> run.id().equals(wanted) || byId.isEmpty() && run.modelName().equals(wanted)).findFirst()
                .orElseThrow(() -> new Failure(byId.isEmpty()
                        ? "Expected a run or a model called \"" + wanted + "\", found none. ./hone runs lists all."
                        : "Several runs begin with \"" + wanted + "\": " + byId.stream().map(Run::id).toList() + ". Give more of the id."));
    }

    static List<String> list(List<Run> runs) {
        if (runs.isEmpty()) {
            return List.of("No runs yet. Send a dataset: ./hone submit examples/support.jsonl --follow");
        }
        Table table = Table.ofText("run", "model", "base", "state", "exact match", "started", "took");
        for (Run run : runs) {
            table.row(run.id(), run.modelName(), run.baseModel(), state(run), exactMatch(run), DATE.format(run.first()),
                    Figures.duration(Duration.between(run.first(), run.last())));
        }
        return table.lines();
    }

    private static String state(Run run) {
        return run.outcome().map(Outcome::word).orElseGet(() -> run.current().label() + run.progressOf(run.current())
                .filter(progress -> progress.getTotalSteps() > 0)
                .map(progress -> " " + Math.round(100.0 * progress.getStep() / progress.getTotalSteps()) + " %").orElse(""));
    }

    private static String exactMatch(Run run) {
        Optional<EvalScore> score = run.evaluated().flatMap(RunsCommand::deployedScore);
        return score.filter(found -> found.getGeneratedRows() > 0).map(found -> Figures.percent(found.getExactMatch())).orElse("");
    }

    private static Optional<EvalScore> deployedScore(EvalDone event) {
        return event.getScoresList().stream().filter(score -> score.getCandidate().equals(event.getScheme())).findFirst();
    }
}
