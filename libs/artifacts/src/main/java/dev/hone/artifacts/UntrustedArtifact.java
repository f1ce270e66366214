package dev.hone.artifacts;

/** The manifest is not signed, or not by whom it would have to be: nothing it names may be used. */
public final class UntrustedArtifact extends CorruptArtifact {
    public UntrustedArtifact(String message) {
        super(message);
    }

    @Override
    public String code() {
        return "untrusted_artifact";
    }
}
