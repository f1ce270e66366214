package dev.hone.cli.quantize;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.console.Wrapped;
import dev.hone.cli.run.ProgressBar;
import dev.hone.cli.train.TrainingLines;
import dev.hone.llm.quant.Fidelity;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.train.TrainingObserver;
import java.nio.file.Files;
import java.util.List;

/** For people: a bar of the modules that are done, then the table. */
final class TextQuantizeScreen implements QuantizeScreen {
    private static final int BAR = 20;

    private final Terminal terminal;
    private final ProgressLine progress;
    private final boolean budgeted;
    private String phase = "";

    TextQuantizeScreen(Terminal terminal, boolean budgeted) {
        this.terminal = terminal;
        this.progress = new ProgressLine(terminal);
        this.budgeted = budgeted;
    }

    @Override
    public void note(String sentence) {
        said("note", sentence);
    }

    private void said(String what, String sentence) {
        progress.line(terminal.dim(label(what)) + sentence);
    }

    private static String label(String what) {
        return String.format("%-11s", what);
    }

    /** A text of several sentences. */
    private void told(String what, String text) {
        Wrapped.lines(label(what), text, terminal.columns()).forEach(progress::line);
    }

    @Override
    public void begins(String model, List<String> wanted) {
        said("quantizing", model + " to " + String.join(", ", wanted));
    }

    @Override
    public void phase(String what) {
        phase = what;
        progress.paint(what, false);
    }

    @Override
    public void layer(int done, int total, String name) {
        double share = (double) done / total;
        progress.paint(String.join("  ", ProgressBar.draw(share, BAR) + " " + Math.round(share * 100) + " %", done + "/" + total, phase, name).stripTrailing(), done == total);
    }

    @Override
    public TrainingObserver training() {
        return TrainingLines.text(progress);
    }

    @Override
    public void stopping() {
        said("stopping", "after what is being computed");
    }

    @Override
    public void stopped(boolean checkpoint) {
        said("stopped", checkpoint ? "Nothing was written but a checkpoint. The same command goes on from there." : "Nothing was written.");
    }

    /** The sentence ends the command on standard error. */
    @Override
    public void failed(String code, String sentence) {
        progress.erase();
    }

    @Override
    public void done(QuantizationReport report, Placement places) {
        progress.erase();
        QuantizeTable table = new QuantizeTable(report, budgeted);
        terminal.line("");
        terminal.lines(table.lines());
        terminal.line("");
        table.notes().forEach(this::note);
        table.worst().forEach(line -> said("worst", line));
        parity(report);
        if (!report.protocol().isEmpty()) {
            told("measured", report.protocol());
        }
        if (budgeted && !report.chosen().isEmpty()) {
            said("chosen", report.chosen() + ", the smallest within the budget");
        }
        written(report, places);
    }

    private void parity(QuantizationReport report) {
        if (report.parity() != null && report.parity().merged() != null) {
            Fidelity f = report.parity().merged();
            said("merging", "cost a mean KL of " + QuantizeTable.scientific(f.meanKl()) + " against the adapter over its base, same top token in " + Figures.percent(f.sameTop()));
        }
    }

    private void written(QuantizationReport report, Placement places) {
        report.schemes().stream().map(scheme -> places.of(scheme.directory())).filter(Files::exists).forEach(folder -> said("written", folder.toString()));
        report.exports().forEach(export -> said("written", places.of(export.directory()).toString()));
    }
}
