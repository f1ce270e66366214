package dev.hone.llm.lora;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * A base with the modules that an adapter saved whole in their places.
 *
 * @param base is not closed with this
 */
public record SavedWeights(WeightSource base, AdapterFiles adapter) implements WeightSource {
    /** @throws FormatException if a saved module is none of the base's, or would part an embedding from the head that is tied to it */
    public SavedWeights {
        adapter.saved().forEach((name, saved) -> {
            if (!base.contains(name) || !Arrays.equals(base.info(name).dimensions(), saved.shape())) {
                throw new FormatException("The adapter saves " + name + " " + Arrays.toString(saved.shape()) + ", and the base model has "
                        + (base.contains(name) ? Arrays.toString(base.info(name).dimensions()) : "no such weight, or ties it to another one")
                        + ". Merge it with the tool that made it and use the merged model.");
            }
        });
        boolean tied = !base.contains("lm_head.weight");
        if (tied && !adapter.saved().isEmpty() && !adapter.config().tiesWeights()) {
            throw new FormatException("The adapter saves " + adapter.saved().keySet() + " of a base whose head is tied to its embedding, and parts the two (ensure_weight_tying is false)."
                    + " Train it with ensure_weight_tying, or merge it with the tool that made it.");
        }
    }

    @Override
    public Set<String> names() {
        return base.names();
    }

    @Override
    public TensorInfo info(String name) {
        return base.info(name);
    }

    @Override
    public float[] floats(String name) {
        return adapter.saved().containsKey(name) ? adapter.saved().get(name).values().clone() : base.floats(name);
    }

    @Override
    public void floats(String name, long first, float[] into) {
        if (adapter.saved().containsKey(name)) {
            System.arraycopy(adapter.saved().get(name).values(), Math.toIntExact(first), into, 0, into.length);
        } else {
            base.floats(name, first, into);
        }
    }

    @Override
    public Optional<MemorySegment> bytes(String name) {
        return adapter.saved().containsKey(name) ? Optional.empty() : base.bytes(name);
    }

    @Override
    public void unload(String name) {
        base.unload(name);
    }

    @Override
    public void close() {}
}
