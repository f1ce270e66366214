package dev.hone.cli.run;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.v1.AdapterTrained;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.EvalDone;
import dev.hone.v1.EvalScore;
import dev.hone.v1.QuantizeDone;
import dev.hone.v1.QuantizedModel;
import dev.hone.v1.RunProgress;
import dev.hone.v1.TrainingRecipe;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** One run as text. */
public final class RunView {
    private static final int BAR = 20;

    private final Terminal terminal;

    public RunView(Terminal terminal) {
        this.terminal = terminal;
    }

    /** Heading, and a line for each stage. */
    public List<String> lines(Run run, Instant now) {
        List<String> lines = new ArrayList<>();
        lines.add(heading(run, now));
        run.dataset().ifPresent(dataset -> lines.add(mark(Stage.State.DONE) + label("dataset") + dataset(dataset)));
        for (Stage stage : Stage.values()) {
            lines.add(stageLine(run, stage));
        }
        return lines;
    }

    private String heading(Run run, Instant now) {
        Instant end = run.outcome().isPresent() ? run.last() : now;
        return terminal.bold(run.modelName()) + "  run " + run.id() + (run.baseModel().isEmpty() ? "" : "  on " + run.baseModel() + method(run))
                + "  " + Figures.duration(Duration.between(run.first(), end));
    }

    private static String method(Run run) {
        TrainingRecipe recipe = run.requested().map(event -> event.getRecipe().getTraining()).orElse(TrainingRecipe.getDefaultInstance());
        if (!recipe.hasMethod()) {
            return "";
        }
        return ", " + recipe.getMethod() + (recipe.getMethod().equals("full") ? "" : " r=" + recipe.getLoraR());
    }

    /** One stage, without colour where nobody looks. */
    String stageLine(Run run, Stage stage) {
        return mark(run.state(stage)) + label(stage.label()) + detail(run, stage);
    }

    private String mark(Stage.State state) {
        return switch (state) {
            case WAITING -> "  ";
            case RUNNING -> terminal.bold("> ");
            case DONE -> terminal.good("✓ ");
            case FAILED -> terminal.bad("✗ ");
        };
    }

    private static String label(String text) {
        return text + " ".repeat(Math.max(1, 10 - text.length()));
    }

    private String detail(Run run, Stage stage) {
        return switch (run.state(stage)) {
            case WAITING -> "";
            case RUNNING -> run.progressOf(stage).map(this::progress).orElse("starting");
            case DONE -> done(run, stage);
            case FAILED -> run.outcome().map(RunView::reason).orElse("");
        };
    }

    /** The words of an outcome that need saying. */
    public static String reason(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Deployed deployed -> "deployed" + (deployed.scheme().isEmpty() ? "" : " as " + deployed.scheme());
            case Outcome.Passed passed -> "not asked for by the recipe; " + passed.reason();
            case Outcome.Rejected rejected -> "rejected by the gate. " + rejected.reason();
            case Outcome.Failed failed -> "failed at " + failed.stage() + " (" + failed.code() + "): " + failed.message();
        };
    }

    private String progress(RunProgress event) {
        if (event.getTotalSteps() <= 0) {
            return event.getMessage();
        }
        double share = (double) event.getStep() / event.getTotalSteps();
        List<String> parts = new ArrayList<>();
        parts.add(ProgressBar.draw(share, BAR) + " " + Math.round(share * 100) + " %");
        parts.add(event.getStep() + "/" + event.getTotalSteps());
        add(parts, event.getLoss() > 0, "loss " + Figures.decimal(event.getLoss(), 3));
        add(parts, event.getValidationLoss() > 0, "val " + Figures.decimal(event.getValidationLoss(), 3));
        add(parts, event.getTokensPerSecond() > 0, Figures.whole(Math.round(event.getTokensPerSecond())) + " tok/s");
        add(parts, event.getSecondsLeft() > 0, Figures.duration(Duration.ofSeconds(Math.round(event.getSecondsLeft()))) + " left");
        // "train" at the beginning of the line says it already.
        add(parts, !event.getMessage().isEmpty() && !event.getMessage().startsWith(event.getStage()), event.getMessage());
        return String.join("  ", parts);
    }

    private static void add(List<String> parts, boolean present, String text) {
        if (present) {
            parts.add(text);
        }
    }

    private static String done(Run run, Stage stage) {
        return switch (stage) {
            case TRAIN -> run.trained().map(RunView::trained).orElse("");
            case QUANTIZE -> run.quantized().map(RunView::quantized).orElse("");
            case EVALUATE -> run.evaluated().map(RunView::evaluated).orElse("");
            case DEPLOY -> run.outcome().map(RunView::reason).orElse("");
        };
    }

    private static String dataset(DatasetReady event) {
        return Figures.whole(event.getTrainRows()) + " training, " + Figures.whole(event.getValidationRows()) + " validation and "
                + Figures.whole(event.getTestRows()) + " test rows" + (event.getRejectedRows() > 0
                ? ", " + Figures.whole(event.getRejectedRows()) + " set aside" : "");
    }

    private static String trained(AdapterTrained event) {
        return event.getSteps() + " steps in " + Figures.duration(Duration.ofSeconds(Math.round(event.getSeconds())))
                + ", loss " + Figures.decimal(event.getTrainLoss(), 3)
                + (event.getValidationLoss() > 0 ? ", validation " + Figures.decimal(event.getValidationLoss(), 3) : "")
                + ", " + Figures.whole(event.getTrainableParameters()) + " trained parameters"
                + (event.getSeconds() > 0 ? ", " + Figures.whole(Math.round(event.getTrainedTokens() / event.getSeconds())) + " tok/s" : "");
    }

    private static String quantized(QuantizeDone event) {
        return event.getModelsList().stream().map(RunView::quantized).collect(Collectors.joining(", "));
    }

    private static String quantized(QuantizedModel model) {
        return model.getScheme() + " " + Figures.bytes(model.getSizeBytes());
    }

    private static String evaluated(EvalDone event) {
        return (event.getPassed() ? "passed" : "rejected") + event.getScoresList().stream()
                .filter(score -> score.getCandidate().equals(event.getScheme())).findFirst().map(RunView::evaluated).orElse("");
    }

    private static String evaluated(EvalScore score) {
        return ": " + score.getCandidate() + " has loss " + Figures.decimal(score.getLoss(), 3)
                + (score.getGeneratedRows() > 0 ? ", exact match " + Figures.percent(score.getExactMatch()) : "");
    }

    /** The evaluation's figures side by side. */
    public static List<String> scores(EvalDone event) {
        Table table = Table.ofFigures("held-out rows", "loss", "perplexity", "token accuracy", "exact match");
        for (EvalScore score : event.getScoresList()) {
            table.row(score.getCandidate(), Figures.decimal(score.getLoss(), 3), Figures.decimal(score.getPerplexity(), 2),
                    Figures.percent(score.getTokenAccuracy()),
                    score.getGeneratedRows() > 0 ? Figures.percent(score.getExactMatch()) : "-");
        }
        return table.lines();
    }
}
