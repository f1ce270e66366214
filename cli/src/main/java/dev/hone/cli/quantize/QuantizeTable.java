package dev.hone.cli.quantize;

import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.llm.quant.ExportReport;
import dev.hone.llm.quant.Fidelity;
import dev.hone.llm.quant.LayerReport;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.SchemeReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What a quantization cost, as a table and sentences.
 *
 * @param budgeted whether there was a budget to stay within
 */
record QuantizeTable(QuantizationReport report, boolean budgeted) {
    /** Names of modules in a note, before the others are only counted. */
    private static final int NAMED = 3;

    List<String> lines() {
        return report.schemes().isEmpty() ? exported() : rounded();
    }

    private List<String> exported() {
        Table table = Table.ofFigures("export", "size", "weight error");
        report.exports().forEach(export -> table.row(export.name(), Figures.bytes(export.sizeBytes()), scientific(export.relativeError())));
        return table.lines();
    }

    private List<String> rounded() {
        Table table = Table.ofFigures(row("scheme", "size", "bits/weight", "weight error", "output error", "perplexity", "mean KL", "p99.9 KL", "same top", "within budget"));
        table.row(row("merged, bf16", Figures.bytes(report.mergedBytes()), "16.00", "-", "-", reference(), "-", "-", "-", ""));
        report.schemes().forEach(scheme -> table.row(row(scheme)));
        report.exports().forEach(export -> table.row(row(export)));
        return table.lines();
    }

    private String reference() {
        return report.schemes().stream().map(SchemeReport::fidelity).filter(java.util.Objects::nonNull).findFirst().map(f -> Figures.decimal(f.referencePerplexity(), 4)).orElse("-");
    }

    private String[] row(SchemeReport s) {
        Fidelity f = s.fidelity();
        return row(s.scheme(), Figures.bytes(s.sizeBytes()), Figures.decimal(s.bitsPerWeight(), 2), scientific(s.relativeError()), scientific(s.outputError()),
                f == null ? "-" : Figures.decimal(f.perplexity(), 4), f == null ? "-" : scientific(f.meanKl()), f == null ? "-" : scientific(f.p999Kl()),
                f == null ? "-" : Figures.percent(f.sameTop()), s.withinBudget() ? "yes" : "no");
    }

    private String[] row(ExportReport e) {
        return row(e.name(), Figures.bytes(e.sizeBytes()), "-", scientific(e.relativeError()), "-", "-", "-", "-", "-", "");
    }

    private String[] row(String... cells) {
        return budgeted ? cells : Arrays.copyOf(cells, cells.length - 1);
    }

    static String scientific(double value) {
        return Double.isFinite(value) ? value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value) : "-";
    }

    /** What was done otherwise than asked: the same reason once, with the modules it held for. */
    List<String> notes() {
        List<String> notes = new ArrayList<>();
        for (SchemeReport scheme : report.schemes()) {
            Map<String, List<String>> byReason = scheme.layers().stream().filter(layer -> !layer.note().isEmpty())
                    .collect(Collectors.groupingBy(LayerReport::note, LinkedHashMap::new, Collectors.mapping(LayerReport::name, Collectors.toList())));
            byReason.forEach((reason, names) -> notes.add(scheme.scheme() + ", " + named(names) + ": " + reason));
        }
        report.exports().forEach(export -> export.notes().forEach(note -> notes.add(export.name() + ": " + note)));
        return notes;
    }

    private static String named(List<String> names) {
        int more = names.size() - NAMED;
        return String.join(", ", names.subList(0, Math.min(NAMED, names.size()))) + (more > 0 ? " and " + more + " more" : "");
    }

    /** The module that suffers most, of each scheme that rounds. */
    List<String> worst() {
        return report.schemes().stream().flatMap(scheme -> scheme.worst().stream().filter(l -> l.relativeError() > 0)
                .map(l -> scheme.scheme() + ": " + l.name() + ", " + (Double.isNaN(l.outputError()) ? "weight error " + scientific(l.relativeError()) : "output error " + scientific(l.outputError()))))
                .toList();
    }
}
