package dev.hone.serving.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.LoadedAdapter;
import dev.hone.llm.engine.LoadedModel;
import java.io.IOException;

/** Brings models and adapters from the store into memory. Each method may take minutes; several threads may call. */
public interface ModelSource {
    /**
     * @throws IOException when the store cannot be reached: the same call may succeed later
     * @throws RuntimeException when there is no such model, or it cannot be run: the sentence says why
     */
    LoadedModel load(ModelKey key) throws IOException;

    /** @throws IOException as {@link #load} */
    LoadedAdapter loadAdapter(LoadedModel base, ManifestRef adapter) throws IOException;

    /**
     * The reference with its hash: what was published there last, where the reference does not say.
     *
     * @throws IOException as {@link #load}
     */
    ManifestRef resolved(ManifestRef ref) throws IOException;

    /** Nothing in memory is made of this artifact any more, and nothing wanted is either. */
    void forget(ManifestRef artifact);
}
