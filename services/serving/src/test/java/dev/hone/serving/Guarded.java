package dev.hone.serving;

import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** A replica's configuration with all its doors locked. */
public final class Guarded implements QuarkusTestProfile {
    static final String KEY = "open-sesame";
    static final String KEY_IN_FILE = "open-barley-and-wheat";
    static final String NARROW_KEY = "open-once-a-minute";
    static final Certificates CERTIFICATES = Certificates.make();
    private static final KeyPair ISSUER = issuer();

    @Override
    public Map<String, String> getConfigOverrides() {
        Map<String, String> keys = new HashMap<>();
        keys.put("hone.access.keys.digest.sha256", sha256(KEY));
        keys.put("hone.access.keys.file.file", file(KEY_IN_FILE).toString());
        keys.put("hone.access.keys.narrow.sha256", sha256(NARROW_KEY));
        keys.put("hone.access.keys.narrow.models", "veteran");
        keys.put("hone.access.keys.narrow.requests-per-minute", "1");
        keys.put("quarkus.oidc.tenant-enabled", "true");
        keys.put("quarkus.oidc.public-key", Base64.getEncoder().encodeToString(ISSUER.getPublic().getEncoded()));
        keys.put("quarkus.oidc.client-id", "hone");
        keys.put("quarkus.tls.serving.key-store.p12.path", CERTIFICATES.serverKeys().toString());
        keys.put("quarkus.tls.serving.key-store.p12.password", Certificates.PASSWORD);
        keys.put("quarkus.tls.serving.trust-store.p12.path", CERTIFICATES.clientCertificates().toString());
        keys.put("quarkus.tls.serving.trust-store.p12.password", Certificates.PASSWORD);
        keys.put("quarkus.http.tls-configuration-name", "serving");
        keys.put("quarkus.http.ssl.client-auth", "required");
        // a replica that wants certificates closes its plain port, unless told otherwise
        keys.put("quarkus.http.insecure-requests", "enabled");
        keys.put("quarkus.http.test-ssl-port", "0");
        return keys;
    }

    private static Path file(String key) {
        try {
            return Files.writeString(Files.createTempFile("api-key-", ""), key + "\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String sha256(String key) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static KeyPair issuer() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** A signed JSON web token, RFC 7519. @param expires seconds since 1970 */
    static String token(String subject, long expires) {
        try {
            String signed = encoded("{\"alg\":\"RS256\",\"typ\":\"JWT\"}") + "." + encoded("{\"sub\":\"" + subject + "\",\"exp\":" + expires + ",\"iat\":" + (expires - 900) + "}");
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(ISSUER.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String encoded(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
