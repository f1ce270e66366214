package dev.hone.datasets.check;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of the sender's columns or keys means what.
 *
 * @param columns from {@code prompt}, {@code completion}, {@code system} or {@code text} to the sender's name for it;
 *                empty where names shall be guessed
 */
public record ColumnMapping(Map<String, String> columns) {
    public static final ColumnMapping NONE = new ColumnMapping(Map.of());

    private static final Set<String> KNOWN = Set.of("prompt", "completion", "system", "text");

    public ColumnMapping {
        columns = new TreeMap<>(columns);
        boolean pair = columns.containsKey("prompt") && columns.containsKey("completion") && !columns.containsKey("text");
        boolean text = columns.keySet().equals(Set.of("text"));
        if (!columns.isEmpty() && !(KNOWN.containsAll(columns.keySet()) && (pair || text))) {
            throw new IllegalArgumentException("Expected a mapping such as prompt=COLUMN,completion=COLUMN (with system=COLUMN if there is one)"
                    + " or text=COLUMN, found " + columns + ".");
        }
    }

    /**
     * @param text {@code prompt=text,completion=category}; empty for no mapping
     * @throws IllegalArgumentException saying what was expected
     */
    public static ColumnMapping parse(String text) {
        Map<String, String> columns = new TreeMap<>();
        for (String part : text.isBlank() ? new String[0] : text.split(",")) {
            int equals = part.indexOf('=');
            if (equals <= 0 || equals == part.length() - 1 || columns.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip()) != null) {
                throw new IllegalArgumentException("Expected a mapping such as prompt=COLUMN,completion=COLUMN, found \"" + text + "\".");
            }
        }
        return new ColumnMapping(columns);
    }

    public boolean isEmpty() {
        return columns.isEmpty();
    }

    @Override
    public String toString() {
        return columns.toString();
    }
}
