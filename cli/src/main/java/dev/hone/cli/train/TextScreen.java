package dev.hone.cli.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.run.ProgressBar;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.ValidationReport;
import java.time.Duration;

/** For people: one line that is repainted in place; where nobody can look on, a line every few seconds. */
final class TextScreen implements Screen {
    private static final int BAR = 20;
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final Terminal terminal;
    private long lastLine;
    private boolean painted;
    /** What a validation's accuracy is a share of. */
    private String counted = "tokens guessed first";

    TextScreen(Terminal terminal) {
        this.terminal = terminal;
    }

    /** A line that stays; the one being repainted makes way. */
    private void line(String text) {
        erase();
        terminal.line(text);
    }

    private void erase() {
        if (painted) {
            terminal.out().print("\r\u001b[2K");
            painted = false;
        }
    }

    @Override
    public void note(String sentence) {
        line(terminal.dim("note       ") + sentence);
    }

    @Override
    public void begins(String model, long rows, long validationRows, ObjectNode recipe) {
        counted = recipe.path("objective").asText().equals("preference") ? "pairs told apart" : "tokens guessed first";
        line("training   " + recipe.path("method").asText() + " on " + model + ", " + Figures.whole(rows) + " rows"
                + (validationRows > 0 ? " and " + Figures.whole(validationRows) + " held out" : ""));
    }

    @Override
    public void predicted(Estimate e) {
        line("predicted  " + Figures.whole(e.trainableParameters()) + " of " + Figures.whole(e.parameters()) + " parameters train, " + Figures.bytes(e.bytes()) + " of memory"
                + (Double.isFinite(e.seconds()) ? ", " + duration(e.seconds()) + " for " + Figures.whole(e.steps()) + " steps" : ""));
    }

    @Override
    public void step(StepReport r) {
        String text = progress(r);
        if (terminal.interactive()) {
            erase();
            terminal.out().print(text.substring(0, Math.min(text.length(), terminal.columns() - 1)));
            terminal.out().flush();
            painted = true;
        } else if (r.step() == r.totalSteps() || System.nanoTime() - lastLine > BETWEEN_LINES.toNanos()) {
            line(text);
            lastLine = System.nanoTime();
        }
    }

    static String progress(StepReport r) {
        double share = (double) r.step() / r.totalSteps();
        return String.join("  ", ProgressBar.draw(share, BAR) + " " + Math.round(share * 100) + " %", r.step() + "/" + r.totalSteps(),
                "loss " + Figures.decimal(r.loss(), 3), Figures.whole(Math.round(r.tokensPerSecond())) + " tok/s", duration(r.secondsLeft()) + " left");
    }

    @Override
    public void validated(ValidationReport r) {
        line("validated  step " + r.step() + ": loss " + Figures.decimal(r.loss(), 3) + ", " + Figures.percent(r.accuracy()) + " of the " + counted
                + (r.best() ? ", the best so far" : ""));
    }

    @Override
    public void checkpointed(long step) {
        line("saved      a checkpoint of step " + step);
    }

    @Override
    public void stopping() {
        line("stopping   after what is being computed, with a checkpoint");
    }

    @Override
    public void interrupted(long step) {
        line("stopped    after step " + step + ". The same command goes on from there.");
    }

    /** The sentence ends the command on standard error. */
    @Override
    public void failed(String code, String sentence) {
        erase();
    }

    @Override
    public void done(FineTuneResult r, Estimate predicted) {
        line("done       " + r.steps() + " steps in " + duration(r.seconds()) + ", loss " + Figures.decimal(r.trainLoss(), 3)
                + (Double.isFinite(r.validationLoss()) ? ", validation " + Figures.decimal(r.validationLoss(), 3) + " at step " + r.bestStep() : "")
                + (r.stoppedEarly() ? ", stopped early" : ""));
        if (r.peakMemoryBytes() > 0) {
            line("memory     " + Figures.bytes(r.peakMemoryBytes()) + " at its peak, " + Figures.bytes(predicted.bytes()) + " predicted");
        }
        line("written    " + r.output());
    }

    private static String duration(double seconds) {
        return Double.isFinite(seconds) ? Figures.duration(Duration.ofSeconds(Math.round(seconds))) : "-";
    }
}
