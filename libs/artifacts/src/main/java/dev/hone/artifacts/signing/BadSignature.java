package dev.hone.artifacts.signing;

/** Why a manifest is not believed, as a sentence. */
public final class BadSignature extends Exception {
    BadSignature(String message) {
        super(message);
    }
}
