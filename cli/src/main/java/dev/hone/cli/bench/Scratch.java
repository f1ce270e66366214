package dev.hone.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder for as long as a measurement takes. */
record Scratch(Path folder) implements AutoCloseable {

    static Scratch make() throws IOException {
        return new Scratch(Files.createTempDirectory("hone-bench-"));
    }

    @Override
    public void close() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    /** The most memory this process ever held, in bytes; NaN where the system does not say. */
    static double peakBytes() throws IOException {
        return status("VmHWM:");
    }

    /** The memory this process holds, in bytes; NaN where the system does not say. */
    static double residentBytes() throws IOException {
        return status("VmRSS:");
    }

    private static double status(String key) throws IOException {
        Path status = Path.of("/proc/self/status");
        List<String> lines = Files.isReadable(status) ? Files.readAllLines(status) : List.of();
        return lines.stream().filter(line -> line.startsWith(key))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024).findFirst().orElse(Double.NaN);
    }
}
