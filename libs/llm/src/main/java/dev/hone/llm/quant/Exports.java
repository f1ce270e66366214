package dev.hone.llm.quant;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.gguf.ExportInterrupted;
import dev.hone.llm.gguf.GgufExport;
import dev.hone.llm.layout.Folders;
import dev.hone.llm.model.LayerInputs;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.Scheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** The merged model in the formats of others, each read back and compared before it counts. */
final class Exports {
    private static final String GGUF = "gguf-";
    private static final String BF16 = "bf16";

    private final QuantizationSpec spec;
    private final TrainedModel model;
    private final List<int[]> calibration;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;

    /** @param calibration tokens that say which inputs matter; none: all matter the same */
    Exports(QuantizationSpec spec, TrainedModel model, List<int[]> calibration, QuantizationObserver observer, BooleanSupplier stop) {
        this.spec = spec;
        this.model = model;
        this.calibration = calibration;
        this.observer = observer;
        this.stop = stop;
    }

    List<ExportReport> run() {
        List<ExportReport> reports = new ArrayList<>();
        Map<String, float[]> importance = null;
        for (String name : spec.exports()) {
            if (!name.equals(BF16) && !name.startsWith(GGUF)) {
                throw new QuantizationFailed("unknown_export", "Expected bf16 or gguf-f16, gguf-q8_0, gguf-q6_k, gguf-q4_k or gguf-q4_0 as an export, found '" + name + "'.");
            }
            observer.phase("writing " + name);
            Path directory = spec.output().resolve(name);
            if (name.equals(BF16)) {
                reports.add(plain(name, directory));
            } else {
                importance = importance == null ? importance() : importance;
                reports.add(gguf(name, directory, importance));
            }
        }
        return reports;
    }

    private ExportReport plain(String name, Path directory) {
        SchemeReport made = new SchemePass(Scheme.of(BF16, spec.groupSize()), spec.withoutHead(), model, List.of(), observer, stop).run(directory);
        return new ExportReport(name, directory, made.sizeBytes(), made.relativeError(), List.of());
    }

    private ExportReport gguf(String name, Path directory, Map<String, float[]> importance) {
        Folders.create(directory);
        try {
            GgufExport.Result result = GgufExport.run(model.weights(), model.directory(), name.substring(GGUF.length()), directory.resolve("model-" + name.substring(GGUF.length()) + ".gguf"),
                    importance::get, observer::layer, stop);
            return new ExportReport(name, directory, result.sizeBytes(), result.relativeError(), result.notes());
        } catch (ExportInterrupted e) {
            throw new QuantizationInterrupted();
        }
    }

    /** Mean squares of what each module reads, as llama.cpp's importance matrix has them. */
    private Map<String, float[]> importance() {
        Map<String, float[]> importance = new HashMap<>();
        if (calibration.isEmpty()) {
            return importance;
        }
        ModelConfig config = ModelConfig.load(model.directory());
        try (LayerWalk walk = LayerWalk.through(config, model.weights(), Comparison.precisionOf(config), 0, calibration)) {
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                for (int stage = 0; stage < LayerWalk.STAGES; stage++) {
                    if (stop.getAsBoolean()) {
                        throw new QuantizationInterrupted();
                    }
                    try (LayerInputs inputs = walk.inputs(stage)) {
                        for (int n = 0; n < ModelLayout.LINEARS; n++) {
                            if (LayerWalk.stageOf(n) == stage) {
                                ModelLayout.linear(config, layer, n).ifPresent(weight -> importance.put(weight.name(), inputs.moments()));
                            }
                        }
                    }
                }
                walk.advance();
            }
        }
        return importance;
    }
}
