package dev.hone.serving;

import dev.hone.serving.access.Access;
import dev.hone.serving.access.ApiKey;
import dev.hone.serving.access.Credentials;
import dev.hone.serving.access.Grant;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.feedback.FeedbackDesk;
import dev.hone.serving.grpc.InferenceFace;
import dev.hone.serving.openai.OpenAiFace;
import io.quarkus.runtime.StartupEvent;
import io.vertx.ext.web.Router;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Puts the guard before the answers, and the faces before the guard. */
@ApplicationScoped
class Faces {
    @Produces
    @Singleton
    Access access(AccessConfig config, @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean tokens) {
        List<ApiKey> keys = config.keys().entrySet().stream().map(entry -> key(entry.getKey(), entry.getValue())).toList();
        return new Access(keys, tokens ? Optional.of(grant(config.tokens())) : Optional.empty());
    }

    private static ApiKey key(String name, AccessConfig.Key key) {
        if (key.sha256().isPresent() == key.file().isPresent()) {
            throw new IllegalArgumentException("Expected either hone.access.keys." + name + ".sha256 or hone.access.keys." + name + ".file, found " + (key.file().isPresent() ? "both." : "none."));
        }
        return key.sha256().map(digest -> ApiKey.ofDigest(name, digest, grant(key))).orElseGet(() -> ApiKey.ofSecret(name, secret(name, key), grant(key)));
    }

    private static String secret(String name, AccessConfig.Key key) {
        try {
            String secret = Files.readString(key.file().orElseThrow()).strip();
            if (secret.length() < 8) {
                throw new IllegalArgumentException("Expected a key of at least 8 characters in the file of hone.access.keys." + name + ".file, found " + secret.length() + ".");
            }
            return secret;
        } catch (IOException e) {
            throw new IllegalArgumentException("The file of hone.access.keys." + name + ".file cannot be read: " + e.getMessage() + ".", e);
        }
    }

    private static Grant grant(AccessConfig.Limits limits) {
        return new Grant(limits.models().map(Set::copyOf).orElse(Set.of()), limits.requestsPerMinute(), limits.tokensPerMinute(), limits.concurrent());
    }

    @Produces
    @Singleton
    Guard guard(Answers answers, FeedbackDesk feedback, Access access) {
        return new Guard(answers, feedback, access);
    }

    void mount(@Observes Router router, Guard guard, Access access, TokenSubjects tokens, ServingConfig config) {
        new OpenAiFace(guard, http -> access.caller(Credentials.of(http.request().getHeader("authorization"), http.request().getHeader("x-api-key")), () -> tokens.of(http)),
                config.serving().maxAnswerTokens()).mount(router);
    }

    void start(@Observes StartupEvent started) {
        Thread.ofVirtual().name("rules").start(InferenceFace::compileRules);
    }
}
