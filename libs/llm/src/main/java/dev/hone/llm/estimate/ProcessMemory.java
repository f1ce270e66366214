package dev.hone.llm.estimate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What Linux says of this process's memory. Elsewhere, and where a file cannot be read, nothing is known and nothing is
 * refused for it.
 */
public final class ProcessMemory {
    private static final String UNLIMITED = "max";

    private final Path root;

    /** @param root of the file system; another one in tests */
    ProcessMemory(Path root) {
        this.root = root;
    }

    public static ProcessMemory here() {
        return new ProcessMemory(Path.of("/"));
    }

    /**
     * Bytes that this process may hold in all: what it holds already, and what its control groups (version 2 or 1) and
     * the machine still have for it. Files in the page cache count as free.
     */
    public OptionalDouble available() {
        double own = kilobytes("proc/self/status", "VmRSS:").orElse(0);
        OptionalDouble free = Stream.concat(kilobytes("proc/meminfo", "MemAvailable:").stream().boxed(), groups().stream().flatMap(g -> free(g).stream().boxed()))
                .mapToDouble(Double::doubleValue).min();
        return free.isPresent() ? OptionalDouble.of(own + Math.max(0, free.getAsDouble())) : free;
    }

    /** Every control group's folder that this process is in, up to the root: any of them may have a limit. */
    private List<Path> groups() {
        return lines(root.resolve("proc/self/cgroup")).stream().flatMap(this::folders).toList();
    }

    /** @param line {@code 0::/path} (version 2) or {@code 4:memory:/path} (version 1) */
    private Stream<Path> folders(String line) {
        String[] parts = line.split(":", 3);
        if (parts.length < 3 || !parts[1].isEmpty() && !List.of(parts[1].split(",")).contains("memory")) {
            return Stream.empty();
        }
        Path top = root.resolve(parts[1].isEmpty() ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        Path own = top.resolve(parts[2].replaceFirst("^/+", "")).normalize();
        return Stream.iterate(own, folder -> folder != null && folder.startsWith(top), Path::getParent);
    }

    private static OptionalDouble free(Path group) {
        OptionalDouble limit = Stream.of("memory.max", "memory.limit_in_bytes").map(group::resolve).flatMapToDouble(file -> number(file).stream()).findFirst();
        OptionalDouble used = Stream.of("memory.current", "memory.usage_in_bytes").map(group::resolve).flatMapToDouble(file -> number(file).stream()).findFirst();
        if (limit.isEmpty() || used.isEmpty()) {
            return OptionalDouble.empty();
        }
        double cache = lines(group.resolve("memory.stat")).stream().filter(line -> line.matches("(total_)?inactive_file \\d+"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ')))).max().orElse(0);
        return OptionalDouble.of(limit.getAsDouble() - used.getAsDouble() + cache);
    }

    private static OptionalDouble number(Path file) {
        return lines(file).stream().filter(line -> !line.isBlank() && !line.strip().equals(UNLIMITED)).mapToDouble(line -> Double.parseDouble(line.strip())).findFirst();
    }

    private OptionalDouble kilobytes(String file, String key) {
        return lines(root.resolve(file)).stream().filter(line -> line.startsWith(key))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024).findFirst();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.isReadable(file) && Files.isRegularFile(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            return List.of();
        }
    }
}
