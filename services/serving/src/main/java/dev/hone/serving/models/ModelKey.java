package dev.hone.serving.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.llm.engine.ServedAs;
import java.util.Objects;
import java.util.Optional;

/**
 * What makes two models the same in memory.
 *
 * @param model a model directory
 * @param merged the adapter that is merged into it
 */
public record ModelKey(ManifestRef model, Optional<ManifestRef> merged, ServedAs as) {
    public ModelKey {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(merged, "merged");
        Objects.requireNonNull(as, "as");
    }

    boolean isMadeOf(ManifestRef artifact) {
        return model.equals(artifact) || merged.filter(artifact::equals).isPresent();
    }
}
