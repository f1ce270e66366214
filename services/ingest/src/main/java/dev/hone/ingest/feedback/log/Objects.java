package dev.hone.ingest.feedback.log;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.StoredObject;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** What the log asks of a store: little enough that a test can end at each single call. */
public interface Objects {

    Optional<byte[]> read(String key) throws IOException;

    /** Fewer bytes where the object ends before. @throws dev.hone.artifacts.ArtifactMissing when there is no such object */
    byte[] read(String key, long from, int length) throws IOException;

    void write(String key, byte[] bytes) throws IOException;

    /** @return false when there was such an object already, which stays as it is */
    boolean writeIfAbsent(String key, byte[] bytes) throws IOException;

    /** In their order. */
    List<String> keys(String prefix) throws IOException;

    static Objects of(ArtifactStore store) {
        return new Objects() {
            @Override
            public Optional<byte[]> read(String key) throws IOException {
                return store.read(key);
            }

            @Override
            public byte[] read(String key, long from, int length) throws IOException {
                return store.read(key, from, length);
            }

            @Override
            public void write(String key, byte[] bytes) throws IOException {
                store.write(key, bytes);
            }

            @Override
            public boolean writeIfAbsent(String key, byte[] bytes) throws IOException {
                return store.writeIfAbsent(key, bytes);
            }

            @Override
            public List<String> keys(String prefix) throws IOException {
                return store.list(prefix).stream().map(StoredObject::key).toList();
            }
        };
    }
}
