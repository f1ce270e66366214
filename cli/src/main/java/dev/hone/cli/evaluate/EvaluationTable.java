package dev.hone.cli.evaluate;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.JsonEvents;
import dev.hone.cli.console.Table;
import dev.hone.llm.eval.EvaluationResult;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Candidates beside each other: as a table for a terminal, as one for a page, as JSON. */
record EvaluationTable(List<Candidate> candidates) {

    List<String> lines() {
        Table table = Table.ofFigures(header());
        candidates.forEach(candidate -> table.row(cells(candidate)));
        return table.lines();
    }

    List<String> markdown() {
        String rule = "| --- " + "| ---: ".repeat(header().length - 1) + "|";
        return Stream.concat(Stream.of(row(header()), rule), candidates.stream().map(candidate -> row(cells(candidate)))).toList();
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", Stream.of(cells).map(cell -> cell.replace("|", "\\|")).toList()) + " |";
    }

    /** Only where somebody has such figures is there a column for them. */
    private boolean rounded() {
        return candidates.stream().anyMatch(candidate -> candidate.rounding().isPresent());
    }

    private String[] header() {
        List<String> header = new ArrayList<>(List.of("model", "size", "loss", "perplexity", "token accuracy", "exact match"));
        if (rounded()) {
            header.addAll(List.of("bits/weight", "mean KL", "same top"));
        }
        return header.toArray(String[]::new);
    }

    private String[] cells(Candidate c) {
        EvaluationResult r = c.result();
        List<String> cells = new ArrayList<>(List.of(c.name(), Figures.bytes(c.sizeBytes()), Figures.decimal(r.loss(), 4), Figures.decimal(r.perplexity(), 3),
                Figures.percent(r.tokenAccuracy()), r.generatedRows() == 0 ? "-" : Figures.percent(r.exactMatch())));
        if (rounded()) {
            RoundingCost cost = c.rounding().orElse(new RoundingCost(Double.NaN, Double.NaN, Double.NaN));
            cells.addAll(List.of(Figures.decimal(cost.bitsPerWeight(), 2), Figures.decimal(cost.meanKl(), 5), Figures.percent(cost.sameTop())));
        }
        return cells.toArray(String[]::new);
    }

    static ObjectNode json(Candidate c) {
        EvaluationResult r = c.result();
        ObjectNode node = JsonEvents.event("model").put("model", c.name()).put("directory", c.directory().toString()).put("size_bytes", c.sizeBytes())
                .put("loss", r.loss()).put("perplexity", r.perplexity()).put("token_accuracy", r.tokenAccuracy()).put("rows", r.rows()).put("tokens", r.tokens())
                .put("answered_rows", r.generatedRows());
        if (r.generatedRows() > 0) {
            node.put("exact_match", r.exactMatch());
        }
        c.rounding().ifPresent(cost -> node.put("bits_per_weight", cost.bitsPerWeight()));
        c.rounding().filter(cost -> Double.isFinite(cost.meanKl())).ifPresent(cost -> node.put("mean_kl_divergence", cost.meanKl()).put("same_top", cost.sameTop()));
        return node;
    }
}
