package dev.hone.serving;

import dev.hone.serving.access.Access;
import dev.hone.serving.grpc.CallInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** What handlers know of a gRPC call, where Quarkus finds it. */
@Singleton
@GlobalInterceptor
class Calls extends CallInterceptor {
    @Inject
    Calls(Access access, TokenSubjects tokens) {
        super(access, tokens::of);
    }
}
