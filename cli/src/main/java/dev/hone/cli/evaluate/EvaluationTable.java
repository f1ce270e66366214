package dev.hone.cli.evaluate;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.llm.eval.EvaluationResult;
import java.util.Arrays;
import java.util.List;

/** Candidates beside each other: as a table for a terminal, as one for a page, as JSON. */
record EvaluationTable(List<Candidate> candidates) {
    private static final String[] HEADER = {"model", "size", "loss", "perplexity", "token accuracy", "exact match"};

    List<String> lines() {
        Table table = Table.ofFigures(HEADER);
        candidates.forEach(candidate -> table.row(cells(candidate)));
        return table.lines();
    }

    List<String> markdown() {
        return java.util.stream.Stream.concat(java.util.stream.Stream.of(row(HEADER), "| --- " + "| ---: ".repeat(HEADER.length - 1) + "|"), candidates.stream().map(c -> row(cells(c)))).toList();
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", Arrays.stream(cells).map(cell -> cell.replace("|", "\\|")).toList()) + " |";
    }

    private static String[] cells(Candidate c) {
        EvaluationResult r = c.result();
        return new String[] {c.name(), Figures.bytes(c.sizeBytes()), Figures.decimal(r.loss(), 4), Figures.decimal(r.perplexity(), 3), Figures.percent(r.tokenAccuracy()),
                r.generatedRows() == 0 ? "-" : Figures.percent(r.exactMatch())};
    }

    static ObjectNode json(Candidate c) {
        EvaluationResult r = c.result();
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("event", "model").put("model", c.name()).put("directory", c.directory().toString()).put("size_bytes", c.sizeBytes())
                .put("loss", r.loss()).put("perplexity", r.perplexity()).put("token_accuracy", r.tokenAccuracy()).put("rows", r.rows()).put("tokens", r.tokens())
                .put("answered_rows", r.generatedRows());
        return r.generatedRows() == 0 ? node : node.put("exact_match", r.exactMatch());
    }
}
