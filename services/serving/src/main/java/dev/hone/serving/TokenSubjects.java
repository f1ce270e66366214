package dev.hone.serving;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Whose OIDC token a request shows. Asked only after API keys, because Quarkus would refuse each of them as a broken token. */
@Singleton
class TokenSubjects {
    private final IdentityProviderManager identities;

    @Inject
    TokenSubjects(IdentityProviderManager identities) {
        this.identities = identities;
    }

    /** Fails if there is no valid token. */
    CompletionStage<String> of(RoutingContext http) {
        if (http == null) {
            return CompletableFuture.failedFuture(new SecurityException("tokens are checked on the port that HTTP and gRPC share"));
        }
        return QuarkusHttpUser.getSecurityIdentity(http, identities).map(identity -> {
            if (identity == null || identity.isAnonymous()) {
                throw new SecurityException("no valid token was shown");
            }
            return identity.getPrincipal().getName();
        }).subscribeAsCompletionStage();
    }
}
