package dev.hone.cli.quantize;

import static dev.hone.cli.console.JsonEvents.event;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.JsonEvents;
import dev.hone.cli.train.TrainingLines;
import dev.hone.llm.quant.ExportReport;
import dev.hone.llm.quant.Fidelity;
import dev.hone.llm.quant.LayerReport;
import dev.hone.llm.quant.QuantizationReport;
import dev.hone.llm.quant.SchemeReport;
import dev.hone.llm.train.TrainingObserver;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.List;

/** One JSON object a line, told apart by {@code event}; what was not measured is left out. */
record JsonQuantizeScreen(PrintStream out) implements QuantizeScreen {

    private void print(ObjectNode event) {
        JsonEvents.print(out, event);
    }

    /** JSON has no NaN. */
    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        }
    }

    @Override
    public void note(String sentence) {
        print(event("note").put("message", sentence));
    }

    @Override
    public void begins(String model, List<String> wanted) {
        ObjectNode event = event("start").put("model", model);
        wanted.forEach(event.putArray("wanted")::add);
        print(event);
    }

    @Override
    public void phase(String what) {
        print(event("phase").put("what", what));
    }

    @Override
    public void layer(int done, int total, String name) {
        print(event("layer").put("done", done).put("total", total).put("name", name));
    }

    @Override
    public TrainingObserver training() {
        return TrainingLines.json(out);
    }

    @Override
    public void stopping() {}

    @Override
    public void stopped(boolean checkpoint) {
        print(event("interrupted").put("checkpoint", checkpoint));
    }

    @Override
    public void failed(String code, String sentence) {
        print(event("failed").put("code", code).put("message", sentence));
    }

    @Override
    public void done(QuantizationReport report, Placement places) {
        report.schemes().forEach(scheme -> print(scheme(scheme, places)));
        report.exports().forEach(export -> print(export(export, places)));
        ObjectNode end = event("end").put("output", places.out().toString()).put("chosen", report.chosen()).put("protocol", report.protocol())
                .put("calibration_rows", report.calibrationRows()).put("calibration_tokens", report.calibrationTokens()).put("merged_bytes", report.mergedBytes());
        if (report.parity() != null && report.parity().merged() != null) {
            end.set("merged", fidelity(report.parity().merged()));
        }
        print(end);
    }

    private static ObjectNode scheme(SchemeReport s, Placement places) {
        ObjectNode event = event("scheme").put("scheme", s.scheme()).put("size_bytes", s.sizeBytes()).put("bits_per_weight", s.bitsPerWeight());
        number(event, "relative_error", s.relativeError());
        number(event, "output_error", s.outputError());
        if (s.fidelity() != null) {
            event.set("fidelity", fidelity(s.fidelity()));
        }
        event.put("within_budget", s.withinBudget());
        if (Files.exists(places.of(s.directory()))) {
            event.put("directory", places.of(s.directory()).toString());
        }
        ArrayNode layers = event.putArray("layers");
        s.layers().forEach(layer -> layer(layers.addObject(), layer));
        return event;
    }

    private static void layer(ObjectNode node, LayerReport layer) {
        node.put("name", layer.name()).put("bits_per_weight", layer.bitsPerWeight());
        number(node, "relative_error", layer.relativeError());
        number(node, "output_error", layer.outputError());
        if (!layer.note().isEmpty()) {
            node.put("note", layer.note());
        }
    }

    private static ObjectNode fidelity(Fidelity f) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        number(node, "perplexity", f.perplexity());
        number(node, "reference_perplexity", f.referencePerplexity());
        number(node, "mean_kl_divergence", f.meanKl());
        number(node, "p999_kl_divergence", f.p999Kl());
        number(node, "same_top", f.sameTop());
        return node.put("tokens", f.tokens());
    }

    private static ObjectNode export(ExportReport e, Placement places) {
        ObjectNode event = event("export").put("name", e.name()).put("size_bytes", e.sizeBytes());
        number(event, "relative_error", e.relativeError());
        e.notes().forEach(event.putArray("notes")::add);
        return event.put("directory", places.of(e.directory()).toString());
    }
}
