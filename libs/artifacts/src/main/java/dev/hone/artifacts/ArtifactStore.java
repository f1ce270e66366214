package dev.hone.artifacts;

import dev.hone.artifacts.signing.Seal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Directories in the store, whole or not at all. Where a server or the network is at fault the methods throw
 * IOException: the same call may succeed later. Safe for use by several threads.
 */
public final class ArtifactStore {
    private static final Logger LOG = LoggerFactory.getLogger(ArtifactStore.class);

    private final ObjectStore objects;
    private final Manifests manifests;
    private final String writer;

    private ArtifactStore(ObjectStore objects, Seal seal, String writer) {
        this.objects = objects;
        this.manifests = new Manifests(objects, seal);
        this.writer = writer;
    }

    /**
     * @param writer the name that manifests written through this store bear
     * @throws IllegalArgumentException when the keys for signatures cannot be used as they are
     */
    public static ArtifactStore connect(StoreConfig config, String writer) {
        if (config.signing().required() && config.signing().keyFile().isEmpty() && !ArtifactLayout.writtenBy(writer).isEmpty()) {
            throw new IllegalArgumentException("Expected hone.signing.key-file where hone.signing.required is true, found none: what " + writer
                    + " writes below " + ArtifactLayout.writtenBy(writer) + " would be refused by everybody.");
        }
        return new ArtifactStore(new ObjectStore(config), Seal.of(config.signing()), writer);
    }

    /** Manifests without a trusted signature that were used, because none was required. */
    public long unsignedReads() {
        return manifests.unsignedReads();
    }

    /** Manifests that were not used, because their signature is missing or wrong. */
    public long refusedReads() {
        return manifests.refusedReads();
    }

    /** Where nobody else makes the bucket: on one machine and in tests. */
    public void createBucketIfMissing() throws IOException {
        objects.createBucketIfMissing();
    }

    /**
     * Uploads every file below {@code directory}, then the manifest. When this returns, readers see all of it; when it
     * fails, none. Publishing the same content again leaves the first manifest as it is, so that references to it hold.
     *
     * @param prefix from {@link ArtifactLayout}
     */
    public ManifestRef publish(String prefix, Path directory, String kind, String id, Map<String, String> properties) throws IOException {
        List<Manifest.FileEntry> files = new ArrayList<>();
        for (Path file : filesBelow(directory)) {
            String path = directory.relativize(file).toString().replace('\\', '/');
            objects.put(prefix + path, file);
            files.add(new Manifest.FileEntry(path, Files.size(file), Hashes.sha256(file)));
        }
        Manifest manifest = new Manifest(kind, id, writer, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(), files, properties);
        ManifestRef ref = manifests.write(ArtifactLayout.manifest(prefix), manifest);
        LOG.info("artifact published key={} files={} bytes={}", ref.key(), files.size(), manifest.size());
        return ref;
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).filter(file -> !file.equals(directory.resolve(ArtifactLayout.MANIFEST))).sorted().toList();
        }
    }

    /**
     * The manifest of a directory, if it was committed.
     *
     * @param manifestKeyOrPrefix either form
     * @throws CorruptArtifact when something else lies there
     * @throws UntrustedArtifact when its signature is missing or wrong
     */
    public Optional<Manifest> manifest(String manifestKeyOrPrefix) throws IOException {
        return manifests.find(ArtifactLayout.manifest(manifestKeyOrPrefix), "").map(Manifests.Found::manifest);
    }

    /** What an event needs to point at a committed directory. Fails as {@link #manifest} does. */
    public Optional<ManifestRef> ref(String manifestKeyOrPrefix) throws IOException {
        return manifests.find(ArtifactLayout.manifest(manifestKeyOrPrefix), "").map(Manifests.Found::ref);
    }

    /**
     * Brings a committed directory into {@code target}, checking size and SHA-256 of every file. A file that is already
     * there with the right hash is not downloaded again.
     *
     * @throws ArtifactMissing when nothing was committed there
     * @throws CorruptArtifact when the bytes are not what the manifest says
     * @throws UntrustedArtifact when its signature is missing or wrong
     */
    public Manifest fetch(String manifestKeyOrPrefix, Path target) throws IOException {
        return fetch(new ManifestRef(ArtifactLayout.manifest(manifestKeyOrPrefix), ""), target);
    }

    /** The same, checking the manifest's own hash too where the reference has one. */
    public Manifest fetch(ManifestRef ref, Path target) throws IOException {
        String prefix = ArtifactLayout.directory(ref.key());
        Manifest manifest = committed(ref);
        Files.createDirectories(target);
        for (Manifest.FileEntry file : manifest.files()) {
            fetchFile(prefix, file, inside(target, file.path()));
        }
        return manifest;
    }

    private Manifest committed(ManifestRef ref) throws IOException {
        return manifests.find(ArtifactLayout.manifest(ref.key()), ref.sha256()).map(Manifests.Found::manifest).orElseThrow(
                () -> new ArtifactMissing("Expected a manifest at " + ref.key() + ", found none: nothing was committed there."));
    }

    private Manifest.FileEntry entry(String manifestKeyOrPrefix, String path) throws IOException {
        return committed(new ManifestRef(manifestKeyOrPrefix, "")).file(path).orElseThrow(
                () -> new ArtifactMissing("Expected a file " + path + " in what was committed at " + manifestKeyOrPrefix + ", found none."));
    }

    /**
     * One small file of a committed directory, checked as {@link #fetch} does.
     *
     * @throws ArtifactMissing when nothing was committed there, or without such a file
     */
    public byte[] readFile(String manifestKeyOrPrefix, String path) throws IOException {
        try (InputStream in = openFile(manifestKeyOrPrefix, path)) {
            return in.readAllBytes();
        }
    }

    /** The same, for one too large for memory: whoever reads on after its end learns there whether it was as committed. */
    public InputStream openFile(String manifestKeyOrPrefix, String path) throws IOException {
        Manifest.FileEntry entry = entry(manifestKeyOrPrefix, path);
        String key = ArtifactLayout.file(manifestKeyOrPrefix, path);
        return new CheckedFile(objects.open(key), key, entry);
    }

    private static Path inside(Path target, String path) {
        Path file = target.resolve(path).normalize();
        if (!file.startsWith(target.normalize())) {
            throw new CorruptArtifact("The manifest names a file outside its directory: " + path);
        }
        return file;
    }

    private void fetchFile(String prefix, Manifest.FileEntry entry, Path file) throws IOException {
        if (holds(file, entry)) {
            return;
        }
        objects.download(prefix + entry.path(), file);
        if (!holds(file, entry)) {
            Files.delete(file);
            throw CheckedFile.another(prefix + entry.path(), entry);
        }
    }

    private static boolean holds(Path file, Manifest.FileEntry entry) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) == entry.size() && Hashes.sha256(file).equals(entry.sha256());
    }

    /**
     * The checkpoints of a run.
     *
     * @param prefix from {@link ArtifactLayout}
     * @param local a restored checkpoint is laid there
     */
    public Checkpoints checkpoints(String prefix, String runId, Path local) {
        return new Checkpoints(this, prefix, runId, local);
    }

    /** A single small object. */
    public Optional<byte[]> read(String key) throws IOException {
        return objects.get(key);
    }

    /** @throws ArtifactMissing when there is no such object */
    public InputStream open(String key) throws IOException {
        return objects.open(key);
    }

    /** A part of an object, shorter where it ends before. @throws ArtifactMissing when there is no such object */
    public byte[] read(String key, long from, int length) throws IOException {
        return objects.get(key, from, length);
    }

    /**
     * Writes a small object unless there is one, by {@code If-None-Match: *}: of several writers one succeeds. A server
     * that does not know that header overwrites.
     *
     * @return whether it was written
     */
    public boolean writeIfAbsent(String key, byte[] bytes) throws IOException {
        return objects.putIfAbsent(key, bytes);
    }

    public void write(String key, byte[] bytes) throws IOException {
        objects.put(key, bytes);
    }

    public void write(String key, Path file) throws IOException {
        objects.put(key, file);
    }

    public void download(String key, Path target) throws IOException {
        objects.download(key, target);
    }

    public Optional<StoredObject> stat(String key) throws IOException {
        return objects.stat(key);
    }

    public boolean exists(String key) throws IOException {
        return objects.stat(key).isPresent();
    }

    /** All objects below a prefix, in the order of their keys. */
    public List<StoredObject> list(String prefix) throws IOException {
        return objects.list(prefix);
    }

    /** Deletes a directory, its manifest first, so that nobody finds half of it committed. */
    public void delete(String prefix) throws IOException {
        objects.delete(ArtifactLayout.manifest(prefix));
        for (StoredObject object : objects.list(ArtifactLayout.directory(prefix))) {
            objects.delete(object.key());
        }
    }

    public void deleteObject(String key) throws IOException {
        objects.delete(key);
    }
}
