package dev.hone.cli.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.llm.estimate.Estimate;
import dev.hone.llm.train.FineTuneResult;
import dev.hone.llm.train.StepReport;
import dev.hone.llm.train.ValidationReport;

/** For people: one line that is repainted in place; where nobody can look on, a line every few seconds. */
final class TextScreen implements Screen {
    private final Terminal terminal;
    private final ProgressLine progress;
    /** What a validation's accuracy is a share of. */
    private String counted = "tokens guessed first";

    TextScreen(Terminal terminal) {
        this.terminal = terminal;
        this.progress = new ProgressLine(terminal);
    }

    private void line(String text) {
        progress.line(text);
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
                + (Double.isFinite(e.seconds()) ? ", " + TrainingLines.duration(e.seconds()) + " for " + Figures.whole(e.steps()) + " steps" : ""));
    }

    @Override
    public void step(StepReport r) {
        progress.paint(TrainingLines.progress(r), r.step() == r.totalSteps());
    }

    @Override
    public void validated(ValidationReport r) {
        line(TrainingLines.validated(r, counted));
    }

    @Override
    public void checkpointed(long step) {
        line(TrainingLines.saved(step));
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
        progress.erase();
    }

    @Override
    public void done(FineTuneResult r, Estimate predicted) {
        line("done       " + r.steps() + " steps in " + TrainingLines.duration(r.seconds()) + ", loss " + Figures.decimal(r.trainLoss(), 3)
                + (Double.isFinite(r.validationLoss()) ? ", validation " + Figures.decimal(r.validationLoss(), 3) + " at step " + r.bestStep() : "")
                + (r.stoppedEarly() ? ", stopped early" : ""));
        if (r.peakMemoryBytes() > 0) {
            line("memory     " + Figures.bytes(r.peakMemoryBytes()) + " at its peak, " + Figures.bytes(predicted.bytes()) + " predicted");
        }
        line("written    " + r.output());
    }
}
