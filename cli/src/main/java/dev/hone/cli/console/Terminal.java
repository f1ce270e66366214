package dev.hone.cli.console;

import java.io.PrintStream;
import java.util.List;

/**
 * Where a command writes.
 *
 * @param out         standard output
 * @param interactive whether a person looks at it: lines may be repainted and coloured
 * @param columns     its width in characters
 */
public record Terminal(PrintStream out, boolean interactive, int columns) {
    private static final int NARROWEST = 40;

    public Terminal {
        columns = Math.max(NARROWEST, columns);
    }

    /** As the launcher found it; Java itself cannot ask for standard output alone. */
    public static Terminal standard() {
        return new Terminal(System.out, Boolean.getBoolean("hone.terminal"), Integer.getInteger("hone.columns", 80));
    }

    public void line(String text) {
        out.println(text);
        out.flush();
    }

    public void lines(List<String> lines) {
        lines.forEach(this::line);
    }

    public String bold(String text) {
        return styled("1", text);
    }

    public String dim(String text) {
        return styled("2", text);
    }

    public String good(String text) {
        return styled("32", text);
    }

    public String bad(String text) {
        return styled("31", text);
    }

    private String styled(String code, String text) {
        return interactive ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
