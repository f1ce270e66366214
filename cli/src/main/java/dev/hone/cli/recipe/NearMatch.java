package dev.hone.cli.recipe;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** What a person may have meant. */
final class NearMatch {
    private NearMatch() {}

    /** The closest of the names, when it is close enough to be a typing error: at most a third of its letters differ. */
    static Optional<String> of(String word, Collection<String> names) {
        return names.stream().min(Comparator.comparingInt((String name) -> distance(word, name)).thenComparing(Comparator.naturalOrder()))
                .filter(name -> distance(word, name) <= Math.max(1, name.length() / 3));
    }

    /** The sentence's end: {@code Did you mean "lora_r"?}, or nothing. */
    static String hint(String word, Collection<String> names) {
        return of(word, names).map(name -> " Did you mean \"" + name + "\"?").orElse("");
    }

    /** Levenshtein distance: insertions, deletions and substitutions that turn one word into the other. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
