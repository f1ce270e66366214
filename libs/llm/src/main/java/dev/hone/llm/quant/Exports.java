package dev.hone.llm.quant;

import dev.hone.llm.format.WeightSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/** The merged model in the formats of others, each read back and compared before it counts. */
final class Exports {
    static final String GGUF = "gguf-";
    static final String BF16 = "bf16";

    private final QuantizationSpec spec;
    private final TrainedModel model;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;

    Exports(QuantizationSpec spec, TrainedModel model, QuantizationObserver observer, BooleanSupplier stop) {
        this.spec = spec;
        this.model = model;
        this.observer = observer;
        this.stop = stop;
    }

    List<ExportReport> run() {
        List<ExportReport> reports = new ArrayList<>();
        for (String name : spec.exports()) {
            observer.phase("writing " + name);
            Path directory = spec.output().resolve(name);
            reports.add(plain(name, directory));
        }
        return reports;
    }

    private ExportReport plain(String name, Path directory) {
        Merge.write(model, directory);
        double lost = 0;
        double whole = 0;
        try (WeightSource read = WeightSource.open(directory)) {
            for (String weight : model.weights().names()) {
                float[] expected = model.weights().floats(weight);
                float[] found = read.floats(weight);
                for (int i = 0; i < expected.length; i++) {
                    lost += Math.pow((double) expected[i] - found[i], 2);
                    whole += (double) expected[i] * expected[i];
                }
            }
        }
        return new ExportReport(name, directory, sizeOf(directory), lost == 0 ? 0 : lost / whole);
    }

    static long sizeOf(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            long size = 0;
            for (Path file : files.filter(f -> f.toString().endsWith(".safetensors")).toList()) {
                size += Files.size(file);
            }
            return size;
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read back " + directory + ": " + e.getMessage(), e);
        }
    }
}
