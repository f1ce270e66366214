package dev.hone.cli.chaos;

import dev.hone.cli.console.ProgressLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What happened when, in a file beside the home; and one line for who looks on. */
final class Journal {
    private final Path file;
    private final ProgressLine progress;

    Journal(Path file, ProgressLine progress) {
        this.file = file;
        this.progress = progress;
    }

    synchronized void note(String sentence) {
        try {
            Files.writeString(file, Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + sentence + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void paint(String text) {
        progress.paint(text, false);
    }
}
