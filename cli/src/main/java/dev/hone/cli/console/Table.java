package dev.hone.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of cells as aligned lines: the first column to the left, figures to the right. */
public final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();
    private final boolean rightAligned;

    private Table(boolean rightAligned) {
        this.rightAligned = rightAligned;
    }

    /** Every column but the first is aligned to the right. */
    public static Table ofFigures(String... header) {
        return new Table(true).row(header);
    }

    /** Every column is aligned to the left. */
    public static Table ofText(String... header) {
        return new Table(false).row(header);
    }

    public Table row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    public List<String> lines() {
        int[] widths = new int[rows.getFirst().size()];
        rows.forEach(row -> IntStream.range(0, row.size()).forEach(i -> widths[i] = Math.max(widths[i], row.get(i).length())));
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private String line(List<String> row, int[] widths) {
        return IntStream.range(0, row.size()).mapToObj(i -> cell(row.get(i), widths[i], i > 0 && rightAligned))
                .collect(Collectors.joining(GAP)).stripTrailing();
    }

    private static String cell(String text, int width, boolean right) {
        String padding = " ".repeat(width - text.length());
        return right ? padding + text : text + padding;
    }
}
