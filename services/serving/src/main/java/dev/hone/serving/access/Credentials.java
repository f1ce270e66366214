package dev.hone.serving.access;

import java.util.Optional;

/**
 * What a caller shows; never printed.
 *
 * @param secret a key or a token
 */
public record Credentials(Optional<String> secret) {
    private static final String BEARER = "bearer ";

    /**
     * @param authorization the header of that name, or null; schemes other than Bearer show nothing
     * @param apiKey the header {@code x-api-key}, or null
     */
    public static Credentials of(String authorization, String apiKey) {
        if (authorization != null && authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return shown(authorization.substring(BEARER.length()).strip());
        }
        return apiKey == null ? new Credentials(Optional.empty()) : shown(apiKey.strip());
    }

    private static Credentials shown(String secret) {
        return new Credentials(secret.isEmpty() ? Optional.empty() : Optional.of(secret));
    }

    @Override
    public String toString() {
        return "Credentials[" + (secret.isPresent() ? "shown" : "none") + "]";
    }
}
