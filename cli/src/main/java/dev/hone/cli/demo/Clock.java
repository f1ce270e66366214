package dev.hone.cli.demo;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import java.time.Duration;

/** Headings with the time that has passed, so that the demonstration says itself how long it takes. */
final class Clock {
    private final Terminal terminal;
    private final long started = System.nanoTime();

    Clock(Terminal terminal) {
        this.terminal = terminal;
    }

    void step(String what) {
        terminal.line("");
        terminal.line(terminal.bold("[" + passed() + "] " + what));
    }

    void total() {
        terminal.line("");
        terminal.line(terminal.bold("Done in " + passed() + "."));
    }

    private String passed() {
        return Figures.duration(Duration.ofNanos(System.nanoTime() - started));
    }
}
