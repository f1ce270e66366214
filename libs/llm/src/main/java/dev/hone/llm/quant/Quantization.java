package dev.hone.llm.quant;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.model.Calibration;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.text.ChatTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Post-training quantization: merges, runs calibration rows through the merged model layer by layer, and rounds each
 * linear module to every scheme asked for. Holds one module's weights at a time beside the calibrated model.
 */
public final class Quantization {
    /** Longer rows add little to what inputs look like, and attention's cost grows with their square. */
    private static final int MOST_CALIBRATION_TOKENS_A_ROW = 1024;

    private final QuantizationSpec spec;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;
    private final List<SchemeRun> runs = new ArrayList<>();

    private Quantization(QuantizationSpec spec, QuantizationObserver observer, BooleanSupplier stop) {
        this.spec = spec;
        this.observer = observer;
        this.stop = stop;
    }

    /**
     * Writes {@code output/<scheme>/} for each scheme, with what its rounding cost in {@code quantization.json}, and the
     * same of all schemes in {@code output/report.json}.
     *
     * @throws QuantizationFailed if the recipe cannot be followed
     * @throws dev.hone.llm.format.FormatException if model and adapter are damaged or do not fit together
     * @throws QuantizationInterrupted if {@code stop} became true
     */
    public static QuantizationReport run(QuantizationSpec spec, QuantizationObserver observer, BooleanSupplier stop) {
        return new Quantization(spec, observer, stop).run();
    }

    private QuantizationReport run() {
        List<Scheme> schemes = spec.schemes().stream().map(label -> Scheme.of(label, spec.groupSize())).toList();
        try (TrainedModel model = TrainedModel.open(spec.baseModel(), spec.adapter())) {
            ModelConfig config = ModelConfig.load(model.directory());
            List<int[]> rows = calibrationRows(model, config);
            for (Scheme scheme : schemes) {
                runs.add(new SchemeRun(scheme, new QuantizedDirectory(spec.output().resolve(scheme.label()), scheme, spec.groupSize(), model.weights())));
            }
            layers(model, config, rows);
            others(model);
            return report(model, rows);
        } finally {
            runs.forEach(SchemeRun::close);
        }
    }

    private List<int[]> calibrationRows(TrainedModel model, ModelConfig config) {
        if (spec.rows().calibration() == null || spec.rows().calibrationRows() == 0) {
            return List.of();
        }
        int longest = Math.min(MOST_CALIBRATION_TOKENS_A_ROW, config.maxPositionEmbeddings());
        try (ChatTokenizer tokenizer = ChatTokenizer.load(model.directory())) {
            List<int[]> rows = new ArrayList<>();
            for (Row row : Rows.read(spec.rows().calibration(), spec.rows().calibrationRows())) {
                int[] ids = row.tokenize(tokenizer, longest).ids();
                if (ids.length > 0) {
                    rows.add(ids);
                }
            }
            return rows;
        }
    }

    private void layers(TrainedModel model, ModelConfig config, List<int[]> rows) {
        int total = config.numHiddenLayers() * ModelLayout.linears(config, 0).size();
        int done = 0;
        try (Calibration calibration = rows.isEmpty() ? null : Calibration.start(config, model.weights(), rows)) {
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                checkStop();
                if (calibration != null) {
                    calibration.nextLayer();
                }
                for (int n = 0; n < ModelLayout.LINEARS; n++) {
                    ModelLayout.Weight place = ModelLayout.linear(config, layer, n).orElse(null);
                    if (place != null) {
                        linear(model, calibration, place, n);
                        observer.layer(++done, total, place.module());
                    }
                }
            }
        }
    }

    private void linear(TrainedModel model, Calibration calibration, ModelLayout.Weight place, int n) {
        String name = place.name();
        float[] weights = model.weights().floats(name);
        float[] importance = calibration == null ? null : calibration.moments(n);
        double energy = calibration == null ? Double.NaN : calibration.energy(n, weights);
        long[] shape = place.shape();
        for (SchemeRun run : runs) {
            checkStop();
            float[] difference = run.quantize(name, weights, (int) shape[0], (int) shape[1], importance);
            double lost = calibration == null ? Double.NaN : calibration.energy(n, difference);
            run.measured(name, Norms.ratio(Norms.squared(difference), Norms.squared(weights)), Norms.ratio(lost, energy));
        }
    }

    private void others(TrainedModel model) {
        for (String name : model.weights().names()) {
            if (!MergedWeights.isLinear(name)) {
                checkStop();
                float[] values = model.weights().floats(name);
                runs.forEach(run -> run.directory().write(name, values));
            }
        }
    }

    private QuantizationReport report(TrainedModel model, List<int[]> rows) {
        List<SchemeReport> reports = runs.stream().map(run -> run.finish(model.directory(), spec.output())).toList();
        long parameters = model.weights().names().stream().map(model.weights()::info).mapToLong(TensorInfo::elements).sum();
        long tokens = rows.stream().mapToLong(r -> r.length).sum();
        for (SchemeReport report : reports) {
            new QuantizationReport(List.of(report), report.scheme(), List.of(), null, "", spec.groupSize(), rows.size(), tokens, 2 * parameters).write(report.directory().resolve("quantization.json"));
        }
        QuantizationReport all = new QuantizationReport(reports, reports.getFirst().scheme(), List.of(), null, "", spec.groupSize(), rows.size(), tokens, 2 * parameters);
        all.write(spec.output().resolve("report.json"));
        return all;
    }

    private void checkStop() {
        if (stop.getAsBoolean()) {
            throw new QuantizationInterrupted();
        }
    }
}
