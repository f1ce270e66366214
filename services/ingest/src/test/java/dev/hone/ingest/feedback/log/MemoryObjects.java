package dev.hone.ingest.feedback.log;

import dev.hone.artifacts.ArtifactMissing;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** A store in memory that fails once, at a call of choice, before or after that call took effect. */
final class MemoryObjects implements Objects {
    final TreeMap<String, byte[]> objects = new TreeMap<>();
    private final boolean knowsConditions;
    private int callsUntilFailure = Integer.MAX_VALUE;
    private boolean takesEffect;
    int calls;

    MemoryObjects(boolean knowsConditions) {
        this.knowsConditions = knowsConditions;
    }

    void failAt(int call, boolean takesEffect) {
        this.callsUntilFailure = call;
        this.takesEffect = takesEffect;
    }

    private interface Effect<T> {
        T take() throws IOException;
    }

    private <T> T call(Effect<T> effect) throws IOException {
        calls++;
        if (callsUntilFailure-- != 0) {
            return effect.take();
        }
        if (takesEffect) {
            effect.take();
        }
        throw new IOException("the connection was cut " + (takesEffect ? "after" : "before") + " call " + calls);
    }

    @Override
    public Optional<byte[]> read(String key) throws IOException {
        return call(() -> Optional.ofNullable(objects.get(key)));
    }

    @Override
    public byte[] read(String key, long from, int length) throws IOException {
        return call(() -> {
            byte[] bytes = objects.get(key);
            if (bytes == null) {
                throw new ArtifactMissing("no object " + key);
            }
            return Arrays.copyOfRange(bytes, (int) from, (int) Math.min(bytes.length, from + length));
        });
    }

    @Override
    public void write(String key, byte[] bytes) throws IOException {
        call(() -> objects.put(key, bytes));
    }

    @Override
    public boolean writeIfAbsent(String key, byte[] bytes) throws IOException {
        return call(() -> {
            if (knowsConditions && objects.containsKey(key)) {
                return false;
            }
            objects.put(key, bytes);
            return true;
        });
    }

    @Override
    public List<String> keys(String prefix) throws IOException {
        return call(() -> objects.keySet().stream().filter(key -> key.startsWith(prefix)).toList());
    }
}
