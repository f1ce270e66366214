package dev.hone.artifacts.signing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.NamedParameterSpec;

/** A private key and the public one that belongs to it. Safe for use by several threads. */
public final class SigningKey {
    private final PrivateKey secret;
    private final PublicKey open;

    private SigningKey(PrivateKey secret, PublicKey open) {
        this.secret = secret;
        this.open = open;
    }

    public static SigningKey generate() {
        return generate(new SecureRandom());
    }

    /** @throws IllegalArgumentException when the file holds no Ed25519 private key */
    public static SigningKey read(Path file) {
        try {
            PrivateKey secret = Pem.privateKey(file.toString(), Files.readString(file));
            return new SigningKey(secret, openOf(secret));
        } catch (IOException e) {
            throw new UncheckedIOException("the signing key " + file + " could not be read: " + e, e);
        }
    }

    /**
     * The JDK reads a private key without telling the public one. Making a pair draws the 32 bytes that a private key
     * consists of (RFC 8032, 5.1.5), so a source that gives these again makes this pair again.
     */
    private static PublicKey openOf(PrivateKey secret) {
        byte[] seed = ((EdECPrivateKey) secret).getBytes().orElseThrow(() -> new IllegalArgumentException("a private key must be one that can be read"));
        SigningKey pair = generate(new Given(seed));
        if (!pair.secret.equals(secret)) {
            throw new IllegalStateException("this JDK makes Ed25519 pairs in another way than from 32 random bytes");
        }
        return pair.open;
    }

    private static SigningKey generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(Pem.ALGORITHM);
            generator.initialize(NamedParameterSpec.ED25519, random);
            KeyPair pair = generator.generateKeyPair();
            return new SigningKey(pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    private static final class Given extends SecureRandom {
        private static final long serialVersionUID = 1;
        private final byte[] bytes;

        Given(byte[] bytes) {
            super(null, null);
            this.bytes = bytes;
        }

        @Override
        public void nextBytes(byte[] target) {
            System.arraycopy(bytes, 0, target, 0, target.length);
        }
    }

    public String id() {
        return TrustedKey.id(open);
    }

    /** The public half, as others come to trust it. */
    public TrustedKey trusted(String name, java.util.Set<String> prefixes) {
        return new TrustedKey(name, open, prefixes);
    }

    /** PKCS#8 in PEM: who has it can sign. */
    public String toPem() {
        return Pem.print(secret);
    }

    byte[] sign(byte[] message) {
        try {
            Signature signature = Signature.getInstance(Pem.ALGORITHM);
            signature.initSign(secret);
            signature.update(message);
            return signature.sign();
        } catch (InvalidKeyException e) {
            throw new IllegalStateException("an Ed25519 key signs", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has Ed25519", e);
        }
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "SigningKey[" + id() + "]";
    }
}
