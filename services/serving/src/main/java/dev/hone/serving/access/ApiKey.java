package dev.hone.serving.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A key, known by its digest alone.
 *
 * @param name of its holder, which callers and limits go by
 * @param sha256 of the key's UTF-8: 32 bytes
 */
public record ApiKey(String name, byte[] sha256, Grant grant) {
    public ApiKey {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException("Expected a key's name of letters, digits, '.', '_' and '-', found \"" + name + "\".");
        }
        if (sha256.length != 32) {
            throw new IllegalArgumentException("Expected the SHA-256 of key " + name + " as 64 hexadecimal digits, found " + 2 * sha256.length + ".");
        }
    }

    /** @param digest 64 hexadecimal digits, as {@code sha256sum} prints them */
    public static ApiKey ofDigest(String name, String digest, Grant grant) {
        try {
            return new ApiKey(name, HexFormat.of().parseHex(digest.strip()), grant);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("Expected the SHA-256 of key " + name + " as 64 hexadecimal digits. Make one by: printf %s KEY | sha256sum", e);
        }
    }

    public static ApiKey ofSecret(String name, String secret, Grant grant) {
        return new ApiKey(name, digest(secret), grant);
    }

    static byte[] digest(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "ApiKey[" + name + "]";
    }
}
