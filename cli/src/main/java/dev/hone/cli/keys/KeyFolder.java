package dev.hone.cli.keys;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.signing.SigningConfig;
import dev.hone.artifacts.signing.SigningKey;
import dev.hone.artifacts.signing.TrustedKey;
import dev.hone.artifacts.signing.TrustedKeys;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A private key for each writer, {@code trainer.key.pem}, and the public ones of all in {@code trusted.pem}. */
public final class KeyFolder {
    /** Who writes manifests: services, and whoever brings base models. */
    public static final List<String> WRITERS = List.of("ingest", "trainer", "quantizer", "evaluator", "operator");

    private static final String TRUSTED = "trusted.pem";
    private static final String UNSIGNED_ALLOWED = "unsigned-allowed";

    private final Path folder;

    public KeyFolder(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /**
     * The keys of a home, made at its first start. What lies in its store from before that is nobody's: a home that was in
     * use goes on accepting it, until the file {@code unsigned-allowed} is deleted.
     */
    public static KeyFolder of(Home home) {
        KeyFolder keys = new KeyFolder(home.signingFolder());
        try {
            if (!Files.exists(keys.trustedFile())) {
                Files.createDirectories(keys.folder);
                if (isInUse(home.storeData())) {
                    Files.writeString(keys.folder.resolve(UNSIGNED_ALLOWED), "This home holds artifacts from before signatures. Delete this file to refuse them.\n");
                }
                keys.create();
            }
            return keys;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isInUse(Path store) throws IOException {
        if (!Files.isDirectory(store)) {
            return false;
        }
        try (Stream<Path> all = Files.walk(store)) {
            return all.anyMatch(path -> path.endsWith(ArtifactLayout.MANIFEST));
        }
    }

    Path folder() {
        return folder;
    }

    Path trustedFile() {
        return folder.resolve(TRUSTED);
    }

    Path keyFile(String writer) {
        return folder.resolve(writer + ".key.pem");
    }

    /** How a writer signs, and whom it believes; one without a key here only believes. */
    public SigningConfig config(String writer) {
        Optional<Path> key = Optional.of(keyFile(writer)).filter(Files::exists);
        return new SigningConfig(key, Optional.of(trustedFile()), !Files.exists(folder.resolve(UNSIGNED_ALLOWED)));
    }

    /** Makes the keys that are missing and trusts all. @return the writers whose keys were made */
    List<String> create() throws IOException {
        Files.createDirectories(folder);
        List<String> made = new ArrayList<>();
        List<TrustedKey> trusted = new ArrayList<>(trusted());
        for (String writer : WRITERS) {
            if (!Files.exists(keyFile(writer))) {
                write(keyFile(writer), SigningKey.generate().toPem(), "rw-------");
                made.add(writer);
            }
            TrustedKey key = SigningKey.read(keyFile(writer)).trusted(writer, ArtifactLayout.writtenBy(writer));
            if (trusted.stream().noneMatch(one -> one.id().equals(key.id()))) {
                trusted.add(key);
            }
        }
        trust(trusted);
        return made;
    }

    /** A new key for a writer, trusted beside the one before. */
    TrustedKey rotate(String writer) throws IOException {
        if (!WRITERS.contains(writer)) {
            throw new Failure("Expected one of " + String.join(", ", WRITERS) + ", found " + writer + ".");
        }
        SigningKey next = SigningKey.generate();
        TrustedKey open = next.trusted(writer, ArtifactLayout.writtenBy(writer));
        List<TrustedKey> all = new ArrayList<>(trusted());
        all.add(open);
        trust(all);
        write(keyFile(writer), next.toPem(), "rw-------");
        return open;
    }

    List<TrustedKey> trusted() {
        return Files.exists(trustedFile()) ? TrustedKeys.read(trustedFile()).keys() : List.of();
    }

    /** @return how many of them were not trusted before */
    int add(List<TrustedKey> more) throws IOException {
        List<TrustedKey> all = new ArrayList<>(trusted());
        List<TrustedKey> added = more.stream().filter(key -> all.stream().noneMatch(one -> one.id().equals(key.id()))).toList();
        all.addAll(added);
        trust(all);
        return added.size();
    }

    /** @throws Failure when no such key is trusted, or nobody would be any more */
    void remove(String id) throws IOException {
        List<TrustedKey> left = trusted().stream().filter(key -> !key.id().equals(id)).toList();
        if (left.size() == trusted().size()) {
            throw new Failure("Expected the id of a trusted key, found " + id + ". ./hone keys lists them.");
        }
        if (left.isEmpty()) {
            throw new Failure("Expected another trusted key to stay, found that " + id + " is the last. Trust its successor first.");
        }
        trust(left);
    }

    private void trust(List<TrustedKey> keys) throws IOException {
        write(trustedFile(), new TrustedKeys(keys).toPem(), "rw-r--r--");
    }

    /** Readers see the old file or the new one, and nobody but its owner ever sees a private key. */
    private static void write(Path file, String text, String permissions) throws IOException {
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.deleteIfExists(next);
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(next, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions)));
        }
        Files.writeString(next, text);
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }
}
