package dev.hone.cli.recipe;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What becomes of each key of another tool's recipe: one {@code *.keys} file beside this class, which people can read, too. */
final class KeyTable {
    /** How a key is taken. */
    enum Treatment {
        /** A setting of ours with the same meaning, named by the text. */
        SETTING,
        /** Code of the format translates it. */
        READ,
        /** Nothing to do; the text says why. */
        NEEDLESS,
        /** Noted with what it would have done, unless it is off. */
        UNSUPPORTED,
        /** Ends the reading, unless it is off. */
        REFUSED
    }

    /**
     * One line of the table.
     *
     * @param key with its place: {@code datasets[].path}; one that ends in {@code *} stands for all that begin so
     * @param unless values beside "off" that ask for nothing else than what happens anyway
     */
    record Line(String key, Treatment treatment, Set<String> unless, String text) {
        boolean isWildcard() {
            return key.endsWith("*");
        }

        boolean matches(String name) {
            return isWildcard() ? name.startsWith(key.substring(0, key.length() - 1)) : name.equals(key);
        }
    }

    private final Map<String, Line> lines;

    private KeyTable(Map<String, Line> lines) {
        this.lines = lines;
    }

    static KeyTable load(String resource) {
        try (InputStream in = KeyTable.class.getResourceAsStream(resource)) {
            Map<String, Line> lines = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(KeyTable::line).forEach(line -> lines.put(line.key(), line));
            return new KeyTable(lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Line line(String text) {
        String[] cells = Arrays.stream(text.split("\\|", 3)).map(String::strip).toArray(String[]::new);
        String[] treatment = cells[1].split(" unless ", 2);
        Set<String> unless = treatment.length == 1 ? Set.of() : Set.of(treatment[1].split(" "));
        return new Line(cells[0], Treatment.valueOf(treatment[0].toUpperCase(Locale.ROOT)), unless, cells[2]);
    }

    /** The key's own line, or else the longest wildcard that it fits. */
    Optional<Line> find(String key) {
        return Optional.ofNullable(lines.get(key)).or(() -> lines.values().stream().filter(line -> line.isWildcard() && line.matches(key))
                .max((a, b) -> Integer.compare(a.key().length(), b.key().length())));
    }

    Collection<Line> lines() {
        return lines.values();
    }

    /** Names at one place, for the near match of a typing error. */
    List<String> namesBelow(String place) {
        return lines.keySet().stream().filter(key -> key.startsWith(place) && !key.endsWith("*")).map(key -> key.substring(place.length()))
                .filter(name -> !name.contains(".")).collect(Collectors.toList());
    }
}
