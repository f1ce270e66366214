package dev.hone.artifacts.signing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.Optional;

/**
 * Signs manifests and checks them. What is signed is the canonical form of
 * {@code {"format": "hone.manifest.v1", "key": <the manifest's key in the store>, "manifest": <all of it but its signature>}}:
 * with the key in it, a signed manifest is worth nothing at another place. Safe for use by several threads.
 */
public final class Seal {
    static final String SIGNATURE = "signature";

    private static final String FORMAT = "hone.manifest.v1";
    private static final String KEY_ID = "key_id";
    private static final String ALGORITHM = "algorithm";
    private static final String VALUE = "value";

    /** How a manifest that may be used came to be so. */
    public enum Verdict {
        /** By a trusted key. */
        SIGNED,
        /** Nobody vouches for it, and nobody has to. */
        UNSIGNED,
        /** Nothing is trusted here, so nothing was checked. */
        UNCHECKED
    }

    private final Optional<SigningKey> key;
    private final Optional<TrustFile> trusted;
    private final boolean required;

    private Seal(Optional<SigningKey> key, Optional<TrustFile> trusted, boolean required) {
        this.key = key;
        this.trusted = trusted;
        this.required = required;
    }

    /** @throws IllegalArgumentException when a key cannot be read, or one's own is not among the trusted ones */
    public static Seal of(SigningConfig config) {
        Optional<SigningKey> key = config.keyFile().map(SigningKey::read);
        Optional<TrustFile> trusted = config.trustedFile().map(TrustFile::new);
        if (key.isPresent() && trusted.isPresent() && trusted.get().keys().find(key.get().id()).isEmpty()) {
            throw new IllegalArgumentException("Expected one's own key " + key.get().id() + " among the trusted ones in "
                    + config.trustedFile().get() + ", found " + trusted.get().keys().labels() + ". Add its public key first: ./hone keys trust.");
        }
        return new Seal(key, trusted, config.required());
    }

    /**
     * Adds the signature, where there is a key to sign with.
     *
     * @param objectKey the manifest's key in the store
     * @throws IllegalStateException when signatures are required and there is no key, or it may not sign there
     */
    public ObjectNode sign(String objectKey, ObjectNode manifest) {
        if (key.isEmpty()) {
            requireNoSignature(objectKey);
            return manifest;
        }
        requireOwnPrefix(objectKey, key.get());
        ObjectNode signature = JsonNodeFactory.instance.objectNode();
        signature.put(KEY_ID, key.get().id()).put(ALGORITHM, Pem.ALGORITHM);
        signature.put(VALUE, Base64.getEncoder().encodeToString(key.get().sign(message(objectKey, manifest))));
        return manifest.set(SIGNATURE, signature);
    }

    private void requireNoSignature(String objectKey) {
        if (required) {
            throw new IllegalStateException("Expected a key to sign " + objectKey + " with, found none: set hone.signing.key-file, for signatures are required.");
        }
    }

    private void requireOwnPrefix(String objectKey, SigningKey own) {
        trusted.flatMap(file -> file.keys().find(own.id())).filter(key -> !key.covers(objectKey)).ifPresent(key -> {
            throw new IllegalStateException("Expected to write below " + key.prefixes() + ", for which key " + key.label()
                    + " is trusted, found " + objectKey + ": nobody would believe it.");
        });
    }

    /** @throws IllegalStateException when the manifest one made oneself has no canonical form */
    private static byte[] message(String objectKey, ObjectNode manifest) {
        try {
            return signed(objectKey, manifest);
        } catch (BadSignature e) {
            throw new IllegalStateException("the manifest of " + objectKey + " cannot be signed: " + e.getMessage(), e);
        }
    }

    /** The bytes that are signed. */
    static byte[] signed(String objectKey, JsonNode manifest) throws BadSignature {
        ObjectNode rest = ((ObjectNode) manifest).deepCopy().without(SIGNATURE);
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("format", FORMAT).put("key", objectKey).set("manifest", rest);
        return CanonicalJson.of(document);
    }

    /**
     * Whether a manifest may be used.
     *
     * @param objectKey where it lies
     * @param manifest  all of it as it lies there, fields that this version does not know included
     * @throws BadSignature when it may not
     */
    public Verdict check(String objectKey, JsonNode manifest) throws BadSignature {
        if (trusted.isEmpty()) {
            return Verdict.UNCHECKED;
        }
        TrustedKeys keys = trusted.get().keys();
        JsonNode signature = manifest.path(SIGNATURE);
        if (signature.isMissingNode()) {
            return unsigned("Expected the manifest at " + objectKey + " to be signed, found no signature. Publish it again with a trusted key,"
                    + " or accept unsigned ones for a while with hone.signing.required=false.");
        }
        Optional<TrustedKey> signer = keys.find(signature.path(KEY_ID).asText());
        if (signer.isEmpty()) {
            return unsigned("Expected the manifest at " + objectKey + " to be signed by a trusted key (" + keys.labels() + "), found key "
                    + signature.path(KEY_ID).asText() + ". If it is one of yours, trust it with ./hone keys trust.");
        }
        verify(objectKey, manifest, signature, signer.get());
        return Verdict.SIGNED;
    }

    /** Whether signing it again would gain nothing: a trusted key has, or there is none to sign with and none is asked for. */
    public boolean isAsGoodAsOwn(String objectKey, JsonNode manifest) {
        try {
            return switch (check(objectKey, manifest)) {
                case SIGNED -> true;
                case UNSIGNED -> key.isEmpty();
                case UNCHECKED -> key.isEmpty() || isOwn(objectKey, manifest, key.get());
            };
        } catch (BadSignature e) {
            return false;
        }
    }

    private static boolean isOwn(String objectKey, JsonNode manifest, SigningKey own) throws BadSignature {
        JsonNode signature = manifest.path(SIGNATURE);
        return own.id().equals(signature.path(KEY_ID).asText())
                && own.trusted("", java.util.Set.of()).verifies(signed(objectKey, manifest), value(signature));
    }

    private Verdict unsigned(String why) throws BadSignature {
        if (required) {
            throw new BadSignature(why);
        }
        return Verdict.UNSIGNED;
    }

    private static void verify(String objectKey, JsonNode manifest, JsonNode signature, TrustedKey signer) throws BadSignature {
        if (!signer.covers(objectKey)) {
            throw new BadSignature("Expected the manifest at " + objectKey + " to be signed by a key that is trusted there, found key "
                    + signer.label() + ", which is trusted below " + signer.prefixes() + " only.");
        }
        if (!Pem.ALGORITHM.equals(signature.path(ALGORITHM).asText()) || !signer.verifies(signed(objectKey, manifest), value(signature))) {
            throw new BadSignature("Expected the signature of the manifest at " + objectKey + " by key " + signer.label()
                    + " to fit, found that it does not: it was changed, or brought there from another place.");
        }
    }

    private static byte[] value(JsonNode signature) {
        try {
            return Base64.getDecoder().decode(signature.path(VALUE).asText());
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
