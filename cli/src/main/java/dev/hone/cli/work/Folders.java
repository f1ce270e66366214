package dev.hone.cli.work;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
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

    /**
     * For a folder that is going to be replaced: what is in it must look like what such a command once wrote there.
     *
     * @param inputs that may not be it
     */
    public static void requireReplaceable(Path folder, List<Path> inputs) throws IOException {
        for (Path input : inputs) {
            if (Files.exists(folder) && Files.exists(input) && Files.isSameFile(folder, input)) {
                throw new Failure(Failure.USAGE, "Expected another folder for the result than " + folder + ", which is read.");
            }
        }
        boolean former = Stream.of("config.json", "report.json").anyMatch(file -> Files.exists(folder.resolve(file)));
        if (Files.isRegularFile(folder) || Files.isDirectory(folder) && !isEmpty(folder) && !former) {
            throw new Failure("Expected a former result in " + folder + " to replace, found neither config.json nor report.json there. Name another folder with --out.");
        }
    }

    /** {@code folder.suffix} beside it. */
    public static Path beside(Path folder, String suffix) {
        return folder.resolveSibling(folder.getFileName() + suffix);
    }

    /** Puts a finished folder where a former one may be; both lie on one file system. */
    public static void replace(Path finished, Path target) throws IOException {
        delete(target);
        makeParent(target);
        Files.move(finished, target);
    }

    public static void makeParent(Path target) throws IOException {
        if (target.toAbsolutePath().getParent() != null) {
            Files.createDirectories(target.toAbsolutePath().getParent());
        }
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

    public static boolean holdsSomething(Path directory) throws IOException {
        return Files.isDirectory(directory) && !isEmpty(directory);
    }

    public static void deleteIfEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory) && isEmpty(directory)) {
            Files.delete(directory);
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
