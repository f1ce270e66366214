package dev.hone.cli.score;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.llm.eval.TokenScores.Candidate;
import dev.hone.llm.eval.TokenScores.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;

/** A sequence's scores as a table and as JSON. */
record Scores(List<Position> positions, String dtype) {
    private static final int DECIMALS = 4;

    /** Of all tokens but the first, in nats. */
    private double sum() {
        return positions.stream().mapToDouble(Position::logProbability).filter(Double::isFinite).sum();
    }

    /** @param text of a token; empty where it has none or nobody knows */
    List<String> lines(IntFunction<String> text) {
        Table table = Table.ofText("position", "token", "text", "log p", "then");
        for (int i = 0; i < positions.size(); i++) {
            Position p = positions.get(i);
            table.row(String.valueOf(i), String.valueOf(p.token()), quoted(text.apply(p.token())), Figures.decimal(p.logProbability(), DECIMALS),
                    p.next().stream().map(c -> candidate(c, text)).collect(Collectors.joining("  ")));
        }
        List<String> lines = new ArrayList<>(table.lines());
        if (positions.size() > 1) {
            lines.add("");
            lines.add("sum " + Figures.decimal(sum(), DECIMALS) + ", mean " + Figures.decimal(sum() / (positions.size() - 1), DECIMALS) + " nats over "
                    + (positions.size() - 1) + " tokens, computed in " + dtype);
        }
        return lines;
    }

    private static String candidate(Candidate c, IntFunction<String> text) {
        return c.token() + quoted(text.apply(c.token())) + " " + Figures.decimal(c.logit(), 3);
    }

    private static String quoted(String text) {
        return text.isEmpty() ? "" : "\"" + text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + "\"";
    }

    ObjectNode json(IntFunction<String> text) {
        ObjectNode all = JsonNodeFactory.instance.objectNode().put("dtype", dtype).put("sum_log_probability", sum());
        ArrayNode list = all.putArray("positions");
        for (Position p : positions) {
            ObjectNode one = list.addObject().put("token", p.token()).put("text", text.apply(p.token()));
            if (Double.isFinite(p.logProbability())) {
                one.put("log_probability", p.logProbability());
            } else {
                one.putNull("log_probability");
            }
            ArrayNode next = one.putArray("next");
            p.next().forEach(c -> next.addObject().put("token", c.token()).put("text", text.apply(c.token())).put("logit", c.logit()).put("log_probability", c.logProbability()));
        }
        return all;
    }
}
