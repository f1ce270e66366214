package dev.hone.cli.bench;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.llm.layout.Layout;
import dev.hone.llm.quant.Budget;
import dev.hone.llm.quant.Quantization;
import dev.hone.llm.quant.QuantizationObserver;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.QuantizationSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How fast a model goes from file to file through a scheme that looks at no calibration, and in how much memory. */
@Command(name = "quantize", description = "Round a model and print seconds until it is on the disk, GB/s of what was read, CPU seconds, seconds of reading it back, size, error and peak memory.",
        footer = {"", "Example:", "  ./hone bench quantize random-1.1b --scheme int4-rtn"})
final class QuantizeBench implements Callable<Integer> {
    private static final int GROUP = 32;

    @Mixin private HomeOption home;

    @Parameters(index = "0", paramLabel = "MODEL_DIR", description = "A directory with weights, or hone-nano, random-110m or random-1.1b.")
    private String model;

    @Option(names = "--scheme", defaultValue = "int4-rtn", description = "Any scheme that needs no calibration, such as int8-rtn or nf4.")
    private String scheme;

    @Option(names = "--out", description = "Folder to write below; the system's for temporary files if left out.")
    private Path out;

    @Option(names = "--repeat", defaultValue = "1", description = "Times; later ones find compiled code.")
    private int repeat;

    @Override
    public Integer call() throws IOException {
        try (Scratch scratch = out == null ? Scratch.make() : new Scratch(Files.createTempDirectory(out, "hone-bench-"))) {
            Path directory = new BenchModels(home.home().checkout()).directory(model, scratch.folder());
            long read = Files.size(directory.resolve("model.safetensors"));
            for (int time = 0; time < repeat; time++) {
                measure(directory, read, scratch.folder().resolve("out-" + time));
            }
        }
        return 0;
    }

    private void measure(Path directory, long read, Path to) throws IOException {
        Clock clock = new Clock();
        QuantizationReport report = Quantization.run(new QuantizationSpec(directory, directory, List.of(scheme), GROUP, QuantizationSpec.Rows.NONE,
                Layout.COMPRESSED_TENSORS, false, false, List.of(), Budget.NONE, null, to), clock, () -> false);
        double back = seconds(clock.written);
        double seconds = seconds(clock.began) - back;
        Terminal.standard().line(String.join("\t", model, scheme, Figures.decimal(seconds, 3), Figures.decimal(read / seconds / 1e9, 2), Figures.decimal(clock.cpuSeconds, 2), Figures.decimal(back, 3),
                Figures.bytes(report.schemes().getFirst().sizeBytes()), String.format(Locale.ROOT, "%.3e", report.schemes().getFirst().relativeError()), Figures.bytes(Scratch.peakBytes())));
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** When the rounding began and when its file was written; what follows is the reading back. */
    private static final class Clock implements QuantizationObserver {
        private final long began = System.nanoTime();
        private final Duration cpuBefore = cpu();
        private long written = began;
        private double cpuSeconds;

        @Override
        public void phase(String what) {
            written = System.nanoTime();
            cpuSeconds = cpu().minus(cpuBefore).toNanos() / 1e9;
        }

        /** Of all threads; a busy machine stretches it less than the clock's time. */
        private static Duration cpu() {
            return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        }

        @Override
        public void layer(int done, int total, String name) {}
    }
}
