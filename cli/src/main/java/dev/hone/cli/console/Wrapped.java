package dev.hone.cli.console;

import java.util.ArrayList;
import java.util.List;

/** Text in a column beside its label. */
public final class Wrapped {
    private Wrapped() {}

    /** @param lead stands before the first line; the others are indented by its length */
    public static List<String> lines(String lead, String text, int columns) {
        int width = Math.max(20, columns - lead.length() - 1);
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        List<String> placed = new ArrayList<>();
        for (String part : lines) {
            placed.add((placed.isEmpty() ? lead : " ".repeat(lead.length())) + part);
        }
        return placed;
    }
}
