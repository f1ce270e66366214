package dev.hone.serving.grpc;

import dev.hone.serving.access.Access;
import dev.hone.serving.access.Credentials;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * Tells handlers of a call's deadline, of its client's departure and of who calls. gRPC's own server does the first two by
 * itself. The one that shares its port with HTTP hands the deadline on as a header only, and drops a cancellation that comes
 * after the request is complete, which is always when a client waits for a stream; the HTTP response below it still hears of it.
 */
public abstract class CallInterceptor implements ServerInterceptor {
    private static final Metadata.Key<String> TIMEOUT = key("grpc-timeout");
    private static final Metadata.Key<String> AUTHORIZATION = key("authorization");
    private static final Metadata.Key<String> API_KEY = key("x-api-key");

    private final Access access;
    private final Function<RoutingContext, CompletionStage<String>> subjects;

    /** @param subjects whose token a request shows; fails if it is not valid */
    protected CallInterceptor(Access access, Function<RoutingContext, CompletionStage<String>> subjects) {
        this.access = access;
        this.subjects = subjects;
    }

    private static Metadata.Key<String> key(String header) {
        return Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER);
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        CallLifetime lifetime = new CallLifetime(headers.get(TIMEOUT));
        io.vertx.core.Context loop = Vertx.currentContext();
        RoutingContext http = loop != null && loop.getLocal(RoutingContext.class.getName()) instanceof RoutingContext routed ? routed : null;
        if (http != null) {
            http.response().closeHandler(closed -> lifetime.abandon());
        }
        Executor thread = loop == null ? Call.inTurn() : task -> loop.runOnContext(turn -> task.run());
        Credentials shown = Credentials.of(headers.get(AUTHORIZATION), headers.get(API_KEY));
        Call known = new Call(lifetime, () -> access.caller(shown, () -> subjects.apply(http)), thread);
        return Contexts.interceptCall(Context.current().withValue(Call.KEY, known), call, headers, next);
    }
}
