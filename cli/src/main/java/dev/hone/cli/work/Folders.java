package dev.hone.cli.work;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Folders that commands write. */
public final class Folders {
    private Folders() {}

    /**
     * @param what is to be written, for the sentence: "what is trained"
     * @param way out, for the sentence: "Name another one with --out."
     */
    public static void requireEmpty(Path folder, String what, String way) throws IOException {
        if (Files.isRegularFile(folder) || Files.isDirectory(folder) && !isEmpty(folder)) {
            throw new Failure("Expected an empty folder, or none, for " + what + ", found " + folder + " with something in it. " + way);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.findAny().isEmpty();
        }
    }

    /** {@code folder.suffix} beside it. */
    public static Path beside(Path folder, String suffix) {
        return folder.resolveSibling(folder.getFileName() + suffix);
    }

    /** Puts a finished folder where a former one may be; both lie on one file system. */
    public static void replace(Path finished, Path target) throws IOException {
        delete(target);
        if (target.toAbsolutePath().getParent() != null) {
            Files.createDirectories(target.toAbsolutePath().getParent());
        }
        Files.move(finished, target);
    }

    /** With all that is in it; nothing where there is none. */
    public static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** Bytes of the files directly in a folder. */
    public static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        }
    }
}
