package dev.hone.llm.format;

import java.nio.ByteBuffer;
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
    public Optional<ByteBuffer> bf16(String name) {
        TensorInfo info = file.info(name);
        return info.dtype() == DType.BF16 && info.bytes() <= Integer.MAX_VALUE ? Optional.of(file.buffer(name)) : Optional.empty();
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
