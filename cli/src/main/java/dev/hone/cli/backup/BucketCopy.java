package dev.hone.cli.backup;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * The bucket's objects as files, {@code objects/<key>}. What is there already is not copied again: {@code etags.properties}
 * remembers which content a file holds.
 */
final class BucketCopy {
    private final ArtifactStore store;
    private final Path files;
    private final Path etagFile;

    BucketCopy(ArtifactStore store, Path backup) {
        this.store = store;
        this.files = backup.resolve("objects");
        this.etagFile = backup.resolve("etags.properties");
    }

    /** @param objects how many; @param bytes of them */
    record Size(long objects, long bytes) {
        Size plus(long more) {
            return new Size(objects + 1, bytes + more);
        }
    }

    /** @param told hears what is there so far, and what there will be */
    Size save(BiConsumer<Size, Size> told) throws IOException {
        Properties etags = etags();
        List<StoredObject> objects = store.list("");
        Size all = new Size(objects.size(), objects.stream().mapToLong(StoredObject::size).sum());
        Size done = new Size(0, 0);
        Set<Path> kept = new HashSet<>();
        for (StoredObject object : objects) {
            Path file = file(object.key());
            if (holds(file, object, etags) || fetched(object, file, etags)) {
                kept.add(file);
                done = done.plus(object.size());
            }
            told.accept(done, all);
        }
        forgetOthers(kept);
        try (var out = Files.newBufferedWriter(etagFile)) {
            etags.store(out, null);
        }
        return done;
    }

    /** A key that climbs out of the folder is refused. */
    private Path file(String key) {
        Path file = files.resolve(key).normalize();
        if (!file.startsWith(files.normalize())) {
            throw new Failure("Expected keys that are paths below the bucket, found " + key + ".");
        }
        return file;
    }

    private static boolean holds(Path file, StoredObject object, Properties etags) throws IOException {
        return object.etag().equals(etags.getProperty(object.key())) && Files.isRegularFile(file) && Files.size(file) == object.size();
    }

    /** False when it was deleted since the listing. */
    private boolean fetched(StoredObject object, Path file, Properties etags) throws IOException {
        try {
            store.download(object.key(), file);
            etags.setProperty(object.key(), object.etag());
            return true;
        } catch (ArtifactMissing e) {
            etags.remove(object.key());
            return false;
        }
    }

    private Properties etags() throws IOException {
        Properties etags = new Properties();
        if (Files.isRegularFile(etagFile)) {
            try (var in = Files.newBufferedReader(etagFile)) {
                etags.load(in);
            }
        }
        Files.createDirectories(files);
        return etags;
    }

    private void forgetOthers(Set<Path> kept) throws IOException {
        Files.walkFileTree(files, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!kept.contains(file)) {
                    Files.delete(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Writes every object; one that lies there is replaced, and what the backup does not have stays. */
    Size restore(BiConsumer<Size, Size> told) throws IOException {
        List<Path> all = listed();
        Size whole = new Size(all.size(), all.stream().mapToLong(BucketCopy::size).sum());
        Size done = new Size(0, 0);
        // A manifest says that its directory is whole, so it comes after all else.
        for (boolean manifests : new boolean[] {false, true}) {
            for (Path file : all) {
                if (file.endsWith(ArtifactLayout.MANIFEST) == manifests) {
                    store.write(files.relativize(file).toString().replace('\\', '/'), file);
                    done = done.plus(size(file));
                    told.accept(done, whole);
                }
            }
        }
        return done;
    }

    private List<Path> listed() throws IOException {
        try (Stream<Path> walk = Files.walk(files)) {
            return walk.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
