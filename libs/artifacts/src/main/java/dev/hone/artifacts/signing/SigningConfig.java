package dev.hone.artifacts.signing;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * By which key one signs, and whom one believes.
 *
 * @param keyFile     an Ed25519 private key in PEM; empty: what is written is not signed
 * @param trustedFile public keys, a file or a folder: see {@link TrustedKeys}; empty: signatures are not looked at
 * @param required    whether a manifest without a signature by a trusted key is refused
 */
public record SigningConfig(Optional<Path> keyFile, Optional<Path> trustedFile, boolean required) {
    private static final String KEY_FILE = "HONE_SIGNING_KEY_FILE";
    private static final String TRUSTED_FILE = "HONE_SIGNING_TRUSTED_FILE";
    private static final String REQUIRED = "HONE_SIGNING_REQUIRED";

    public SigningConfig {
        Objects.requireNonNull(keyFile);
        Objects.requireNonNull(trustedFile);
        if (required && trustedFile.isEmpty()) {
            throw new IllegalArgumentException("Expected hone.signing.trusted-file where hone.signing.required is true, found none: nobody would be believed.");
        }
    }

    /** Nothing is signed, nothing checked. */
    public static SigningConfig off() {
        return new SigningConfig(Optional.empty(), Optional.empty(), false);
    }

    /** As Jobs and the command line get it. */
    public Map<String, String> toEnvironment() {
        Map<String, String> environment = new TreeMap<>();
        keyFile.ifPresent(file -> environment.put(KEY_FILE, file.toAbsolutePath().toString()));
        trustedFile.ifPresent(file -> environment.put(TRUSTED_FILE, file.toAbsolutePath().toString()));
        if (!environment.isEmpty()) {
            environment.put(REQUIRED, String.valueOf(required));
        }
        return environment;
    }

    public static SigningConfig fromEnvironment(Map<String, String> environment) {
        return new SigningConfig(path(environment, KEY_FILE), path(environment, TRUSTED_FILE), isTrue(environment.getOrDefault(REQUIRED, "false")));
    }

    private static Optional<Path> path(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank()).map(Path::of);
    }

    /** A misspelt yes must not turn the check off. */
    private static boolean isTrue(String value) {
        return switch (value) {
            case "true" -> true;
            case "false", "" -> false;
            default -> throw new IllegalArgumentException("Expected " + REQUIRED + " to be true or false, found " + value + ".");
        };
    }
}
