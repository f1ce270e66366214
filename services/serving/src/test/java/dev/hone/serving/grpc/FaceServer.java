package dev.hone.serving.grpc;

import dev.hone.serving.access.Access;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A face over a real connection, without anything around it. */
public final class FaceServer implements AutoCloseable {
    private final Server server;
    private final ManagedChannel channel;

    public FaceServer(BindableService face, Access access) throws IOException {
        server = NettyServerBuilder.forPort(0).addService(ServerInterceptors.intercept(face,
                new CallInterceptor(access, http -> CompletableFuture.failedFuture(new SecurityException("no tokens here"))) {})).build().start();
        channel = NettyChannelBuilder.forAddress("localhost", server.getPort()).usePlaintext().build();
    }

    public ManagedChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.shutdownNow();
        server.shutdownNow();
    }
}
