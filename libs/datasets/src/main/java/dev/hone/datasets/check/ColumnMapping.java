package dev.hone.datasets.check;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which of the sender's columns or keys means what.
 *
 * @param columns from {@code prompt}, {@code completion}, {@code chosen}, {@code rejected}, {@code system} or {@code text} to the sender's name for it;
 *                empty where names shall be guessed
 */
public record ColumnMapping(Map<String, String> columns) {
    public static final ColumnMapping NONE = new ColumnMapping(Map.of());

    private static final List<Set<String>> KNOWN = List.of(Set.of("prompt", "completion"), Set.of("prompt", "completion", "system"), Set.of("text"),
            Set.of("chosen", "rejected"), Set.of("prompt", "chosen", "rejected"), Set.of("prompt", "chosen", "rejected", "system"));

    public ColumnMapping {
        columns = new TreeMap<>(columns);
        if (!columns.isEmpty() && !KNOWN.contains(columns.keySet())) {
            throw new IllegalArgumentException("Expected a mapping such as prompt=COLUMN,completion=COLUMN (with system=COLUMN if there is one),"
                    + " prompt=COLUMN,chosen=COLUMN,rejected=COLUMN, or text=COLUMN, found " + columns + ".");
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
