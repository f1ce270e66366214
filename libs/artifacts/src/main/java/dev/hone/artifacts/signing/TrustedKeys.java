package dev.hone.artifacts.signing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The public keys that are believed: a PEM file of one or more, or a folder of such files ({@code *.pem}). Before a key may
 * stand {@code name: trainer}, {@code prefixes: adapters/ checkpoints/} and comments that begin with {@code #}.
 */
public record TrustedKeys(List<TrustedKey> keys) {
    private static final String NAME = "name:";
    private static final String PREFIXES = "prefixes:";

    public TrustedKeys {
        keys = List.copyOf(keys);
    }

    /** @throws IllegalArgumentException when something else lies there, or no key at all */
    public static TrustedKeys read(Path fileOrFolder) {
        List<TrustedKey> keys = new ArrayList<>();
        for (Path file : files(fileOrFolder)) {
            keys.addAll(parse(file.toString(), text(file)));
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("Expected trusted public keys in " + fileOrFolder + ", found none. Add one with ./hone keys trust.");
        }
        return new TrustedKeys(keys);
    }

    static List<Path> files(Path fileOrFolder) {
        if (!Files.isDirectory(fileOrFolder)) {
            return List.of(fileOrFolder);
        }
        try (Stream<Path> all = Files.list(fileOrFolder)) {
            return all.filter(file -> file.getFileName().toString().endsWith(".pem") && Files.isRegularFile(file)).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException("the trusted keys in " + fileOrFolder + " could not be listed: " + e, e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("the trusted keys in " + file + " could not be read: " + e, e);
        }
    }

    /** @param where for the messages of errors */
    public static List<TrustedKey> parse(String where, String pem) {
        return Pem.blocks(pem).stream().map(block -> key(where, block)).toList();
    }

    private static TrustedKey key(String where, Pem.Block block) {
        String name = "";
        Set<String> prefixes = Set.of();
        for (String line : block.before().lines().map(String::strip).toList()) {
            if (line.startsWith(NAME)) {
                name = line.substring(NAME.length()).strip();
            } else if (line.startsWith(PREFIXES)) {
                prefixes = prefixes(where, line.substring(PREFIXES.length()).strip());
            } else if (!line.isEmpty() && !line.startsWith("#")) {
                throw new IllegalArgumentException("Expected name:, prefixes: or a comment before a key in " + where + ", found \"" + line + "\".");
            }
        }
        return new TrustedKey(name, Pem.publicKey(where, block), prefixes);
    }

    /** A list that was meant to limit and is empty would limit nothing. */
    private static Set<String> prefixes(String where, String list) {
        if (list.isEmpty()) {
            throw new IllegalArgumentException("Expected prefixes after prefixes: in " + where + ", found none. Leave the line out to believe the key everywhere.");
        }
        return Set.of(list.split("\\s+"));
    }

    Optional<TrustedKey> find(String id) {
        return keys.stream().filter(key -> key.id().equals(id)).findFirst();
    }

    String labels() {
        return keys.stream().map(TrustedKey::label).collect(Collectors.joining(", "));
    }

    public String toPem() {
        return keys.stream().map(TrustedKey::toPem).collect(Collectors.joining("\n"));
    }
}
