package dev.hone.cli.run;

import dev.hone.cli.console.Terminal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Shows a run while it goes on: repainted in place for a person; for a log file, a line where something changed and one
 * every few seconds.
 */
final class LivePainter {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final Terminal terminal;
    private final RunView view;
    private int painted;
    private String lastStages = "";
    private Instant lastLine = Instant.EPOCH;
    private String lastText = "";

    LivePainter(Terminal terminal) {
        this.terminal = terminal;
        this.view = new RunView(terminal);
    }

    void show(Run run, Instant now) {
        if (terminal.interactive()) {
            repaint(view.lines(run, now));
        } else {
            append(run, now);
        }
    }

    private void repaint(List<String> lines) {
        StringBuilder screen = new StringBuilder(painted > 0 ? "\u001b[" + painted + "A" : "");
        for (String line : lines) {
            screen.append("\u001b[2K").append(cut(line, terminal.columns() - 1)).append('\n');
        }
        terminal.out().print(screen);
        terminal.out().flush();
        painted = lines.size();
    }

    private void append(Run run, Instant now) {
        String stages = stages(run);
        if (!stages.equals(lastStages)) {
            settled(run);
            lastStages = stages;
            lastLine = now;
        } else if (run.progressOf(run.current()).isPresent() && !now.isBefore(lastLine.plus(BETWEEN_LINES))) {
            news(view.stageLine(run, run.current()));
            lastLine = now;
        }
    }

    private void news(String line) {
        if (!line.equals(lastText)) {
            terminal.line(line);
        }
        lastText = line;
    }

    /** Says each stage's state once. */
    private void settled(Run run) {
        if (lastStages.isEmpty()) {
            terminal.line(view.lines(run, run.last()).getFirst());
        }
        for (Stage stage : Stage.values()) {
            Stage.State state = run.state(stage);
            boolean isNews = lastStages.isEmpty() || !lastStages.split(",")[stage.ordinal()].equals(state.name());
            if (isNews && state != Stage.State.WAITING) {
                terminal.line(view.stageLine(run, stage));
            }
        }
    }

    private static String stages(Run run) {
        StringBuilder states = new StringBuilder();
        for (Stage stage : Stage.values()) {
            states.append(run.state(stage).name()).append(',');
        }
        return states.toString();
    }

    /** Cuts what the eye sees, leaving escape codes whole: a line that wraps would spoil the repainting. */
    static String cut(String line, int columns) {
        StringBuilder kept = new StringBuilder();
        int seen = 0;
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) == '\u001b') {
                int end = line.indexOf('m', i);
                kept.append(line, i, end + 1);
                i = end;
            } else if (seen < columns) {
                kept.append(line.charAt(i));
                seen++;
            }
        }
        return kept.toString();
    }
}
