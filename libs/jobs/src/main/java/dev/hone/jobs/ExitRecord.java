package dev.hone.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The exit code as the job itself wrote it down, as its last act.
 *
 * <p>The operating system tells an exit code only to the parent; after the service was restarted somebody else is. A job
 * without a record was killed or crashed.
 */
final class ExitRecord {

    private static final String NAME = "exit";

    private ExitRecord() {}

    static void write(Path directory, int code) throws IOException {
        StateFiles.replace(directory.resolve(NAME), String.valueOf(code));
    }

    static OptionalInt read(Path directory) throws IOException {
        try {
            return OptionalInt.of(Integer.parseInt(Files.readString(directory.resolve(NAME)).strip()));
        } catch (NoSuchFileException e) {
            return OptionalInt.empty();
        }
    }

    static void forget(Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(NAME));
    }
}
