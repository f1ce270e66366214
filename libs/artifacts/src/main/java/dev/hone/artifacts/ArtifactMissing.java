package dev.hone.artifacts;

/** Nothing was ever committed at this place: trying again does not help, so this is no IOException. */
public final class ArtifactMissing extends RuntimeException {
    public ArtifactMissing(String message) {
        super(message);
    }
}
