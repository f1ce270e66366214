package dev.hone.serving.access;

import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Refusal;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Who is let in. Without keys and without tokens everybody is; with either, everybody shows one.
 */
public final class Access {
    /** Holders of tokens are told from those of keys by it: a key's name cannot have one. */
    private static final String TOKEN = "token:";

    private final List<ApiKey> keys;
    private final Optional<Grant> tokenHolders;
    private final Map<String, Grant> byName = new HashMap<>();

    /** @param tokenHolders what each subject of a valid OIDC token may do; empty: tokens are not taken */
    public Access(List<ApiKey> keys, Optional<Grant> tokenHolders) {
        this.keys = List.copyOf(keys);
        this.tokenHolders = tokenHolders;
        keys.forEach(key -> byName.put(key.name(), key.grant()));
    }

    public static Access open() {
        return new Access(List.of(), Optional.empty());
    }

    /**
     * @param subject checks what was shown as a token, and is asked only if it is no key
     * @return fails with a {@link Refusal}
     */
    public CompletionStage<Caller> caller(Credentials shown, Supplier<CompletionStage<String>> subject) {
        if (keys.isEmpty() && tokenHolders.isEmpty()) {
            return CompletableFuture.completedFuture(Caller.ANYONE);
        }
        if (shown.secret().isEmpty()) {
            return refused("Expected an API key or a token in the header authorization (Bearer) or x-api-key, found none.");
        }
        Optional<ApiKey> key = key(shown.secret().get());
        if (key.isPresent()) {
            return CompletableFuture.completedFuture(new Caller(key.get().name()));
        }
        if (tokenHolders.isEmpty()) {
            return refused("The API key is not known here.");
        }
        return subject.get().handle((name, failure) -> failure == null && name != null
                ? CompletableFuture.completedFuture(new Caller(TOKEN + name))
                : Access.<Caller>refused("What was shown is neither an API key known here nor a valid token.")).thenCompose(caller -> caller);
    }

    /** Compares with all of them, whichever fits, so that the time taken tells nothing. */
    private Optional<ApiKey> key(String secret) {
        byte[] digest = ApiKey.digest(secret);
        ApiKey found = null;
        for (ApiKey key : keys) {
            if (MessageDigest.isEqual(key.sha256(), digest)) {
                found = key;
            }
        }
        return Optional.ofNullable(found);
    }

    Grant grant(Caller caller) {
        if (caller.name().startsWith(TOKEN)) {
            return tokenHolders.orElse(Grant.EVERYTHING);
        }
        return byName.getOrDefault(caller.name(), Grant.EVERYTHING);
    }

    private static <T> CompletableFuture<T> refused(String sentence) {
        return CompletableFuture.failedFuture(new Refusal(Refusal.Code.UNAUTHENTICATED, sentence));
    }
}
