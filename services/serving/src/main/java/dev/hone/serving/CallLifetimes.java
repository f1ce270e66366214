package dev.hone.serving;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.quarkus.grpc.GlobalInterceptor;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Tells handlers of a call's deadline and of its client's departure. gRPC's own server does both by itself. The one that
 * shares its port with HTTP hands the deadline on as a header only, and drops a cancellation that comes after the
 * request is complete, which is always when a client waits for a stream; the HTTP response below it still hears of it.
 */
@ApplicationScoped
@GlobalInterceptor
class CallLifetimes implements ServerInterceptor {
    private static final Metadata.Key<String> TIMEOUT = Metadata.Key.of("grpc-timeout", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        CallLifetime lifetime = new CallLifetime(headers.get(TIMEOUT));
        io.vertx.core.Context context = Vertx.currentContext();
        if (context != null && context.getLocal(RoutingContext.class.getName()) instanceof RoutingContext http) {
            http.response().closeHandler(closed -> lifetime.abandon());
        }
        return Contexts.interceptCall(Context.current().withValue(CallLifetime.KEY, lifetime), call, headers, next);
    }
}
