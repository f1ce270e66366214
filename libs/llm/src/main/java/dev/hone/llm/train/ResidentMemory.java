package dev.hone.llm.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What the system counts as this process's memory: heap, tensors and all else. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {}

    /** The most bytes that were ever resident; -1 where the system does not say. */
    static long peakBytes() {
        if (!Files.isReadable(STATUS)) {
            return -1;
        }
        try {
            return Files.readAllLines(STATUS).stream().filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024).findFirst().orElse(-1);
        } catch (IOException e) {
            return -1;
        }
    }
}
