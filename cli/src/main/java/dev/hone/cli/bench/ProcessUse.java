package dev.hone.cli.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What a process has used since its start. @param resident bytes of memory now; NaN where the system does not say */
record ProcessUse(Duration cpu, double resident) {

    static ProcessUse of(long pid) throws IOException {
        Duration cpu = ProcessHandle.of(pid).flatMap(process -> process.info().totalCpuDuration()).orElse(Duration.ZERO);
        Path status = Path.of("/proc/" + pid + "/status");
        double resident = !Files.isReadable(status) ? Double.NaN : Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) * 1024).findFirst().orElse(Double.NaN);
        return new ProcessUse(cpu, resident);
    }
}
