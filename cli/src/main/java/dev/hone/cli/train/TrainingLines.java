package dev.hone.cli.train;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.run.ProgressBar;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.TrainingObserver;
import dev.hone.llm.train.ValidationReport;
import java.io.PrintStream;
import java.time.Duration;

/** What a training says of itself while it goes, for commands in which it is one part of the work. */
public final class TrainingLines {
    private static final int BAR = 20;

    private TrainingLines() {}

    /** For people. */
    public static TrainingObserver text(ProgressLine line) {
        return new TrainingObserver() {
            @Override
            public void step(StepReport r) {
                line.paint(progress(r), r.step() == r.totalSteps());
            }

            @Override
            public void validated(ValidationReport r) {
                line.line(TrainingLines.validated(r, "tokens guessed first"));
            }

            @Override
            public void checkpointed(long step) {
                line.line(saved(step));
            }
        };
    }

    /** For programs: the events step, validation and checkpoint of {@code hone train --json}. */
    public static TrainingObserver json(PrintStream out) {
        return new JsonScreen(out);
    }

    static String progress(StepReport r) {
        double share = (double) r.step() / r.totalSteps();
        return String.join("  ", ProgressBar.draw(share, BAR) + " " + Math.round(share * 100) + " %", r.step() + "/" + r.totalSteps(),
                "loss " + Figures.decimal(r.loss(), 3), Figures.whole(Math.round(r.tokensPerSecond())) + " tok/s", duration(r.secondsLeft()) + " left");
    }

    /** @param counted what the accuracy is a share of */
    static String validated(ValidationReport r, String counted) {
        return "validated  step " + r.step() + ": loss " + Figures.decimal(r.loss(), 3) + ", " + Figures.percent(r.accuracy()) + " of the " + counted
                + (r.best() ? ", the best so far" : "");
    }

    static String saved(long step) {
        return "saved      a checkpoint of step " + step;
    }

    static String duration(double seconds) {
        return Double.isFinite(seconds) ? Figures.duration(Duration.ofSeconds(Math.round(seconds))) : "-";
    }
}
