package dev.hone.llm.format;

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
        return file.floats(name);
    }

    @Override
    public void close() {
        file.close();
    }
}
