package dev.hone.artifacts.signing;

import dev.hone.artifacts.Hashes;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * A public key whose signatures are believed.
 *
 * @param name     for people; may be empty
 * @param prefixes what it may have written, such as {@code adapters/}; empty: anything
 */
public record TrustedKey(String name, PublicKey key, Set<String> prefixes) {
    private static final int ID_DIGITS = 16;

    public TrustedKey {
        Objects.requireNonNull(key);
        for (String prefix : prefixes) {
            if (!prefix.matches("[A-Za-z0-9][A-Za-z0-9._/-]*/")) {
                throw new IllegalArgumentException("Expected a prefix that ends with a slash, such as adapters/, found \"" + prefix + "\".");
            }
        }
        prefixes = java.util.Collections.unmodifiableSet(new TreeSet<>(prefixes));
        if (name.lines().count() > 1) {
            throw new IllegalArgumentException("Expected a key's name in one line, found \"" + name + "\".");
        }
    }

    /** The first 16 hexadecimal digits of the SHA-256 of its SubjectPublicKeyInfo in DER. */
    public String id() {
        return id(key);
    }

    static String id(PublicKey key) {
        return Hashes.sha256(key.getEncoded()).substring(0, ID_DIGITS);
    }

    boolean covers(String objectKey) {
        return prefixes.isEmpty() || prefixes.stream().anyMatch(objectKey::startsWith);
    }

    boolean verifies(byte[] message, byte[] value) {
        try {
            Signature signature = Signature.getInstance(Pem.ALGORITHM);
            signature.initVerify(key);
            signature.update(message);
            return signature.verify(value);
        } catch (SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    String label() {
        return name.isEmpty() ? id() : id() + " (" + name + ")";
    }

    /** SubjectPublicKeyInfo in PEM, after lines that say what {@link TrustedKeys} reads and openssl skips. */
    public String toPem() {
        String named = name.isEmpty() ? "" : "name: " + name + "\n";
        String limited = prefixes.isEmpty() ? "" : "prefixes: " + String.join(" ", prefixes) + "\n";
        return "# key " + id() + "\n" + named + limited + Pem.print(key);
    }
}
