package dev.hone.cli.keys;

import dev.hone.artifacts.signing.SigningKey;
import dev.hone.artifacts.signing.TrustedKey;
import dev.hone.artifacts.signing.TrustedKeys;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows and changes the keys by which manifests are signed and believed. */
@Command(name = "keys", description = {"List the keys by which models, adapters and datasets are signed, and whom this home believes.",
        "hone up makes a key for each service and one for base models (operator), each believed only where its owner writes.",
        "A running stack believes a changed list at once; a service signs with a new key from its next start on."},
        footer = {"", "Examples:", "  ./hone keys", "  ./hone keys create --dir keys          # for a cluster's Secrets",
                "  ./hone keys rotate trainer", "  ./hone keys distrust 3f9c0a12b4d5e6f7", "  ./hone keys trust theirs.pem --name partner --prefix base/"})
public final class KeysCommand implements Callable<Integer> {
    @Mixin private Place place;

    /** Which keys are meant. */
    static final class Place {
        @Mixin private HomeOption home;

        @Option(names = "--dir", paramLabel = "DIR", description = "A folder of keys. Default: those of the home.")
        private Path folder;

        KeyFolder keys() {
            return folder == null ? KeyFolder.of(home.home()) : new KeyFolder(folder);
        }
    }

    @Override
    public Integer call() throws IOException {
        KeyFolder keys = place.keys();
        Set<String> own = new HashSet<>();
        for (String writer : KeyFolder.WRITERS) {
            if (Files.exists(keys.keyFile(writer))) {
                own.add(SigningKey.read(keys.keyFile(writer)).id());
            }
        }
        Table table = Table.ofText("key", "name", "believed below", "signs now");
        for (TrustedKey key : keys.trusted()) {
            table.row(key.id(), key.name(), key.prefixes().isEmpty() ? "everything" : String.join(" ", key.prefixes()), own.contains(key.id()) ? "yes" : "");
        }
        Terminal.standard().lines(table.lines());
        return 0;
    }

    @Command(name = "create", description = "Make the keys that are missing: one for each writer, and trusted.pem of all. None is replaced.")
    int create(@Mixin Place where) throws IOException {
        KeyFolder keys = where.keys();
        List<String> made = keys.create();
        List<String> lines = new ArrayList<>(List.of((made.isEmpty() ? "All keys are there already in " : "Made keys of " + String.join(", ", made) + " in ") + keys.folder() + "."));
        lines.addAll(List.of("", "For a cluster:"));
        KeyFolder.WRITERS.stream().filter(writer -> !writer.equals("operator")).forEach(writer -> lines.add(
                "  kubectl -n hone create secret generic hone-signing-" + writer + " --from-file=key.pem=" + keys.keyFile(writer)));
        lines.add("  kubectl -n hone create configmap hone-signing-trusted --from-file=trusted.pem=" + keys.trustedFile());
        Terminal.standard().lines(lines);
        return 0;
    }

    @Command(name = "rotate", description = "Make a new key for a writer; the one before stays believed until it is distrusted.")
    int rotate(@Mixin Place where, @Parameters(paramLabel = "WRITER", description = "ingest, trainer, quantizer, evaluator or operator.") String writer) throws IOException {
        TrustedKey key = where.keys().rotate(writer);
        Terminal.standard().line("Key " + key.id() + " is " + writer + "'s from its next start on. What the former key signed is still believed;"
                + " ./hone keys distrust ID ends that.");
        return 0;
    }

    @Command(name = "trust", description = "Believe what the owner of a public key signs.")
    int trust(@Mixin Place where, @Parameters(paramLabel = "FILE", description = "A public key in PEM, as openssl pkey -pubout writes it.") Path file,
            @Option(names = "--name", defaultValue = "", description = "Whose it is.") String name,
            @Option(names = "--prefix", description = "Believe it below this prefix only, such as base/. May be repeated; without one it is believed everywhere.") Set<String> prefixes)
            throws IOException {
        List<TrustedKey> more = read(file).stream().map(key -> new TrustedKey(name.isEmpty() ? key.name() : name, key.key(), prefixes == null ? key.prefixes() : prefixes)).toList();
        int added = where.keys().add(more);
        Terminal.standard().line(added == 0 ? "Believed already." : "Believed from now on: " + String.join(", ", more.stream().map(TrustedKey::id).toList()) + ".");
        return 0;
    }

    private static List<TrustedKey> read(Path file) {
        if (!Files.exists(file)) {
            throw new Failure("Expected a public key in " + file + ", found no such file.");
        }
        try {
            return TrustedKeys.read(file).keys();
        } catch (IllegalArgumentException e) {
            throw new Failure(e.getMessage(), e);
        }
    }

    @Command(name = "distrust", description = "No longer believe a key: what it signed is refused from the next load on.")
    int distrust(@Mixin Place where, @Parameters(paramLabel = "ID", description = "As ./hone keys lists it.") String id) throws IOException {
        where.keys().remove(id);
        Terminal.standard().line("Key " + id + " is no longer believed. What it signed must be published again before it can be loaded.");
        return 0;
    }
}
