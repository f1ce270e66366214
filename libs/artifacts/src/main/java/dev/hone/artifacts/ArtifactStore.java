package dev.hone.artifacts;

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
    private final String writer;

    private ArtifactStore(ObjectStore objects, String writer) {
        this.objects = objects;
        this.writer = writer;
    }

    /** @param writer the name that manifests written through this store bear */
    public static ArtifactStore connect(StoreConfig config, String writer) {
        return new ArtifactStore(new ObjectStore(config), writer);
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
        String key = ArtifactLayout.manifest(prefix);
        Optional<byte[]> before = objects.get(key);
        if (before.isPresent() && Manifest.fromJson(key, before.get()).sameContentAs(manifest)) {
            return new ManifestRef(key, Hashes.sha256(before.get()));
        }
        byte[] json = manifest.toJson();
        objects.put(key, json);
        LOG.info("artifact published key={} files={} bytes={}", key, files.size(), manifest.size());
        return new ManifestRef(key, Hashes.sha256(json));
    }

    private static List<Path> filesBelow(Path directory) throws IOException {
        try (Stream<Path> walk = Files.walk(directory)) {
            return walk.filter(Files::isRegularFile).filter(file -> !file.equals(directory.resolve(ArtifactLayout.MANIFEST))).sorted().toList();
        }
    }

    /** The manifest of a directory, if it was committed. @param manifestKeyOrPrefix either form */
    public Optional<Manifest> manifest(String manifestKeyOrPrefix) throws IOException {
        String key = ArtifactLayout.manifest(manifestKeyOrPrefix);
        Optional<byte[]> json = objects.get(key);
        return json.isEmpty() ? Optional.empty() : Optional.of(Manifest.fromJson(key, json.get()));
    }

    /** What an event needs to point at a committed directory. */
    public Optional<ManifestRef> ref(String manifestKeyOrPrefix) throws IOException {
        String key = ArtifactLayout.manifest(manifestKeyOrPrefix);
        return objects.get(key).map(json -> new ManifestRef(key, Hashes.sha256(json)));
    }

    /**
     * Brings a committed directory into {@code target}, checking size and SHA-256 of every file. A file that is already
     * there with the right hash is not downloaded again.
     *
     * @throws ArtifactMissing when nothing was committed there
     * @throws CorruptArtifact when the bytes are not what the manifest says
     */
    public Manifest fetch(String manifestKeyOrPrefix, Path target) throws IOException {
        return fetch(new ManifestRef(ArtifactLayout.manifest(manifestKeyOrPrefix), ""), target);
    }

    /** The same, checking the manifest's own hash too where the reference has one. */
    public Manifest fetch(ManifestRef ref, Path target) throws IOException {
        String prefix = ArtifactLayout.directory(ref.key());
        byte[] json = objects.get(ArtifactLayout.manifest(prefix)).orElseThrow(
                () -> new ArtifactMissing("Expected a manifest at " + ref.key() + ", found none: nothing was committed there."));
        if (!ref.sha256().isEmpty() && !ref.sha256().equals(Hashes.sha256(json))) {
            throw new CorruptArtifact("The manifest at " + ref.key() + " is not the one the event refers to: expected SHA-256 "
                    + ref.sha256() + ", found " + Hashes.sha256(json) + ".");
        }
        Manifest manifest = Manifest.fromJson(ref.key(), json);
        Files.createDirectories(target);
        for (Manifest.FileEntry file : manifest.files()) {
            fetchFile(prefix, file, inside(target, file.path()));
        }
        return manifest;
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
            throw new CorruptArtifact("The object " + prefix + entry.path() + " is not what its manifest says: expected "
                    + entry.size() + " bytes with SHA-256 " + entry.sha256() + ".");
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
