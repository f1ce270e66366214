package dev.hone.artifacts.signing;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys as openssl writes them: PKCS#8 and SubjectPublicKeyInfo in PEM (RFC 7468), with text before each that openssl skips. */
final class Pem {
    static final String ALGORITHM = "Ed25519";

    private static final String PRIVATE = "PRIVATE KEY";
    private static final String PUBLIC = "PUBLIC KEY";
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    /** @param before the text between this block and the one before it */
    record Block(String before, String label, byte[] der) {}

    private Pem() {}

    static List<Block> blocks(String text) {
        List<Block> blocks = new ArrayList<>();
        int end = 0;
        for (Matcher found = BLOCK.matcher(text); found.find(); end = found.end()) {
            blocks.add(new Block(text.substring(end, found.start()), found.group(1), Base64.getMimeDecoder().decode(found.group(2))));
        }
        return blocks;
    }

    /** @param where for the message of the error */
    static PrivateKey privateKey(String where, String text) {
        Block only = blocks(text).stream().filter(block -> block.label().endsWith(PRIVATE)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException(unexpected(where, "no private key")));
        if (!only.label().equals(PRIVATE)) {
            throw new IllegalArgumentException(unexpected(where, "a key of the kind " + only.label() + ", which Hone cannot read"));
        }
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePrivate(new PKCS8EncodedKeySpec(only.der()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(unexpected(where, "another key: " + e.getMessage()), e);
        }
    }

    private static String unexpected(String where, String found) {
        return "Expected an unencrypted Ed25519 private key in PEM in " + where + ", found " + found
                + ". Make one with ./hone keys create, or with openssl genpkey -algorithm ed25519.";
    }

    static PublicKey publicKey(String where, Block block) {
        if (!block.label().equals(PUBLIC)) {
            throw new IllegalArgumentException("Expected only public keys among the trusted ones in " + where + ", found a " + block.label() + ".");
        }
        try {
            return KeyFactory.getInstance(ALGORITHM).generatePublic(new X509EncodedKeySpec(block.der()));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("Expected an Ed25519 public key in " + where + ", found another: " + e.getMessage() + ".", e);
        }
    }

    static String print(PrivateKey key) {
        return print(PRIVATE, key.getEncoded());
    }

    static String print(PublicKey key) {
        return print(PUBLIC, key.getEncoded());
    }

    private static String print(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }
}
