package dev.hone.llm.quant;

import dev.hone.llm.data.Row;
import dev.hone.llm.data.Rows;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.layout.Folders;
import dev.hone.llm.model.LastHidden;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.rounding.QuantizationFailed;
import dev.hone.llm.rounding.Scheme;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * Merges a training's outcome, rounds it to the schemes asked for, compares each with the merged model and takes one of them.
 * The merged model is never whole in memory: it is walked through layer by layer.
 */
public final class Quantization {
    private final QuantizationSpec spec;
    private final QuantizationObserver observer;
    private final BooleanSupplier stop;
    private final TrainedModel model;
    private final List<int[]> calibration;
    private final Comparison comparison;
    private final List<SchemeReport> tried = new ArrayList<>();
    private List<LastHidden.Position> positions = List.of();

    private Quantization(QuantizationSpec spec, QuantizationObserver observer, BooleanSupplier stop, TrainedModel model) {
        this.spec = spec;
        this.observer = observer;
        this.stop = stop;
        this.model = model;
        try (ChatTokenizer tokenizer = spec.rows().readsNothing() ? null : ChatTokenizer.load(model.directory())) {
            ModelConfig config = ModelConfig.load(model.directory());
            this.calibration = tokenizer == null ? List.of() : calibrationRows(tokenizer, config);
            observer.phase("merged model");
            this.comparison = spec.rows().heldOut() == null || spec.rows().heldOutTokens() == 0 ? null
                    : new Comparison(config, model.weights(), HeldOutRows.read(spec.rows().heldOut(), spec.rows().heldOutTokens(), config.maxPositionEmbeddings(), tokenizer), stop);
        }
    }

    /**
     * Writes {@code output/<scheme>/} for each scheme that is kept, with its numbers in {@code quantization.json},
     * {@code output/<export>/} for each export, and everything that was measured in {@code output/report.json}.
     *
     * @throws QuantizationFailed if the recipe cannot be followed, or its budget not be kept
     * @throws dev.hone.llm.format.FormatException if model and adapter are damaged or do not fit together
     * @throws dev.hone.llm.train.TrainingFailed if a model cannot learn for its scheme
     * @throws QuantizationInterrupted if {@code stop} became true
     */
    public static QuantizationReport run(QuantizationSpec spec, QuantizationObserver observer, BooleanSupplier stop) {
        List<Scheme> schemes = ordered(spec);
        try (TrainedModel model = TrainedModel.open(spec.baseModel(), spec.adapter())) {
            Quantization quantization = new Quantization(spec, observer, stop, model);
            try (Comparison comparison = quantization.comparison) {
                return quantization.run(schemes);
            }
        }
    }

    /** With a budget from small to large, learning last among equals; else as they are named. */
    private static List<Scheme> ordered(QuantizationSpec spec) {
        List<Scheme> schemes = spec.schemes().stream().map(label -> Scheme.of(label, spec.groupSize())).toList();
        Comparator<Scheme> bySize = Comparator.comparingDouble(Scheme::expectedBits).thenComparing(scheme -> scheme.method() == Scheme.Method.QAT);
        return spec.budget().binds() ? schemes.stream().sorted(bySize).toList() : schemes;
    }

    private List<int[]> calibrationRows(ChatTokenizer tokenizer, ModelConfig config) {
        if (spec.rows().calibration() == null || spec.rows().calibrationRows() == 0) {
            return List.of();
        }
        int longest = Math.min(HeldOutRows.LONGEST_ROW, config.maxPositionEmbeddings());
        List<int[]> rows = new ArrayList<>();
        for (Row row : Rows.read(spec.rows().calibration(), spec.rows().calibrationRows())) {
            int[] ids = row.tokenize(tokenizer, longest).ids();
            if (ids.length > 0) {
                rows.add(ids);
            }
        }
        return rows;
    }

    private QuantizationReport run(List<Scheme> schemes) {
        spec.budget().requireMeasurable(comparison != null);
        Fidelity merged = mergedParity();
        Optional<SchemeReport> chosen = choose(schemes);
        Parity parity = comparison == null || chosen.isEmpty() ? null
                : new Parity(merged, GoldenPrompts.answer(spec, model, chosen.get().directory(), comparison, positions, stop));
        List<ExportReport> exports = new Exports(spec, model, calibration, observer, stop).run();
        QuantizationReport report = report(chosen.map(SchemeReport::scheme).orElse(""), exports, parity);
        report.write(spec.output().resolve("report.json"));
        for (SchemeReport scheme : kept(chosen)) {
            report.of(scheme).write(scheme.directory().resolve("quantization.json"));
        }
        return report;
    }

    /** The merged model against the adapter over its base; null where there is nothing to compare. */
    private Fidelity mergedParity() {
        if (comparison == null || !AdapterFiles.existsIn(spec.adapter())) {
            return null;
        }
        Fidelity merged = Comparison.fidelity(comparison.ofAdapter(spec.baseModel(), spec.adapter()));
        if (merged.meanKl() > spec.budget().maxKlDivergence()) {
            throw new QuantizationFailed("over_budget", String.format(java.util.Locale.ROOT, "Merging the adapter already costs a KL divergence of %.3g, above max_kl_divergence %.3g:"
                    + " the base is stored in too coarse a type for it. Allow more, or take a base in a finer type.", merged.meanKl(), spec.budget().maxKlDivergence()));
        }
        return merged;
    }

    private Optional<SchemeReport> choose(List<Scheme> schemes) {
        SchemeReport chosen = null;
        for (Scheme scheme : spec.budget().binds() ? fitting(schemes) : schemes) {
            SchemeReport report = attempt(scheme);
            boolean takes = chosen == null && report.withinBudget();
            chosen = takes ? report : chosen;
            if (takes && spec.budget().binds()) {
                return Optional.of(chosen);
            }
        }
        if (chosen == null && spec.qat() != null && spec.qat().fallback() != null && tried.stream().noneMatch(t -> t.scheme().equals(spec.qat().fallback()))) {
            SchemeReport learned = attempt(Scheme.of(spec.qat().fallback(), spec.groupSize()));
            chosen = learned.withinBudget() ? learned : null;
        }
        if (chosen == null && !tried.isEmpty()) {
            throw spec.budget().exceeded(tried);
        }
        return Optional.ofNullable(chosen);
    }

    /** Of schemes to choose from, those whose groups divide this model's matrices; all of them where none do, to say why. */
    private List<Scheme> fitting(List<Scheme> schemes) {
        ModelConfig config = ModelConfig.load(model.directory());
        List<Scheme> fitting = schemes.stream()
                .filter(scheme -> !scheme.type().integer() || ModelLayout.linears(config, 0).stream().allMatch(weight -> weight.shape()[1] % scheme.groupOf((int) weight.shape()[1]) == 0)).toList();
        schemes.stream().filter(scheme -> !fitting.contains(scheme)).forEach(scheme -> observer.phase(scheme.label() + " left out: its group does not divide the model's inputs"));
        return fitting.isEmpty() ? schemes : fitting;
    }

    private SchemeReport attempt(Scheme scheme) {
        observer.phase(scheme.label());
        Path directory = spec.output().resolve(scheme.label());
        SchemeReport made = scheme.method() == Scheme.Method.QAT
                ? new QatPass(scheme, spec, model, calibration, observer, stop).run(directory)
                : new SchemePass(scheme, spec, model, calibration, observer, stop).run(directory);
        if (comparison != null) {
            observer.phase("comparing " + scheme.label());
            List<LastHidden.Position> compared = comparison.with(directory);
            positions = positions.isEmpty() || spec.budget().binds() ? compared : positions;
            made = made.with(Comparison.fidelity(compared), spec.budget());
        } else {
            made = made.with(null, spec.budget());
        }
        tried.add(made);
        if (!made.withinBudget()) {
            Folders.delete(directory);
        }
        return made;
    }

    private List<SchemeReport> kept(Optional<SchemeReport> chosen) {
        return spec.budget().binds() ? chosen.stream().toList() : tried;
    }

    private QuantizationReport report(String chosen, List<ExportReport> exports, Parity parity) {
        long parameters = model.weights().names().stream().map(model.weights()::info).collect(Collectors.summingLong(TensorInfo::elements));
        long tokens = calibration.stream().mapToLong(r -> r.length).sum();
        String protocol = comparison == null ? "" : comparison.protocol();
        return new QuantizationReport(tried, chosen, exports, parity, protocol, spec.groupSize(), calibration.size(), tokens, 2 * parameters);
    }
}
