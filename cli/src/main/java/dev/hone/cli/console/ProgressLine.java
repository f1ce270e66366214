package dev.hone.cli.console;

import java.time.Duration;

/** One line that is repainted in place and makes way for lines that stay; where nobody can look on, a line every few seconds. */
public final class ProgressLine {
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final Terminal terminal;
    private long lastLine;
    private boolean painted;

    public ProgressLine(Terminal terminal) {
        this.terminal = terminal;
    }

    /** @param last whether nothing follows: it is shown even where lines are few */
    public synchronized void paint(String text, boolean last) {
        if (terminal.interactive()) {
            erase();
            terminal.out().print(text.substring(0, Math.min(text.length(), terminal.columns() - 1)));
            terminal.out().flush();
            painted = true;
        } else if (last || lastLine == 0 || System.nanoTime() - lastLine > BETWEEN_LINES.toNanos()) {
            terminal.line(text);
            lastLine = System.nanoTime();
        }
    }

    /** A line that stays. */
    public synchronized void line(String text) {
        erase();
        terminal.line(text);
    }

    public synchronized void erase() {
        if (painted) {
            terminal.out().print("\r\u001b[2K");
            painted = false;
        }
    }
}
