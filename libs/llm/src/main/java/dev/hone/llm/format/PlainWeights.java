package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Set;

record PlainWeights(SafetensorsFile file) implements WeightSource {
    @Override
    public Set<String> names() {
        return file.names();
    }

    @Override
    public TensorInfo info(String name) {
        return file.info(name);
    }

    @Override
    public float[] floats(String name) {
        float[] values = file.floats(name);
        file.unload(name);
        return values;
    }

    @Override
    public void floats(String name, long first, float[] into) {
        file.floats(name, first, into);
    }

    @Override
    public Optional<MemorySegment> bytes(String name) {
        return Optional.of(file.segment(name));
    }

    @Override
    public void unload(String name) {
        file.unload(name);
    }

    @Override
    public void close() {
        file.close();
    }
}
