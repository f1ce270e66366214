package dev.hone.artifacts;

/** The store holds other bytes than the manifest says: trying again does not help, so this is no IOException. */
public sealed class CorruptArtifact extends RuntimeException permits UntrustedArtifact {
    public CorruptArtifact(String message) {
        super(message);
    }

    /** By which a failure is told to others, on {@code run.failed} for one. */
    public String code() {
        return "corrupt_artifact";
    }
}
