package dev.hone.artifacts;

/** The store holds other bytes than the manifest says: trying again does not help, so this is no IOException. */
public final class CorruptArtifact extends RuntimeException {
    public CorruptArtifact(String message) {
        super(message);
    }
}
