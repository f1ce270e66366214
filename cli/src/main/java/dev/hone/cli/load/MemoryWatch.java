package dev.hone.cli.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Resident memory of processes over time, a sample a second. */
final class MemoryWatch {
    private final Map<String, List<Sample>> byProcess = new LinkedHashMap<>();
    private final long began = System.nanoTime();

    /** @param seconds since the watch began */
    record Sample(double seconds, long bytes) {}

    /** One look; a process that is gone says nothing. */
    synchronized void look(String name, long pid) {
        residentBytes(pid).forEach(bytes -> byProcess.computeIfAbsent(name + " (" + pid + ")", n -> new ArrayList<>()).add(new Sample((System.nanoTime() - began) / 1e9, bytes)));
    }

    private static Stream<Long> residentBytes(long pid) {
        try {
            return Files.readAllLines(Path.of("/proc", String.valueOf(pid), "status")).stream().filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024).toList().stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    synchronized Map<String, List<Sample>> byProcess() {
        Map<String, List<Sample>> copy = new LinkedHashMap<>();
        byProcess.forEach((name, samples) -> copy.put(name, List.copyOf(samples)));
        return copy;
    }

    /** Mean of the samples between two shares of the process's time. */
    static double mean(List<Sample> samples, double from, double to) {
        double first = samples.getFirst().seconds();
        double span = samples.getLast().seconds() - first;
        return samples.stream().filter(s -> s.seconds() >= first + from * span && s.seconds() <= first + to * span).mapToLong(Sample::bytes).average().orElse(Double.NaN);
    }
}
