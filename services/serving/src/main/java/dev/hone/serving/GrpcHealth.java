package dev.hone.serving;

import dev.hone.serving.operations.ReplicaState;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;

/**
 * grpc.health.v1 as the replica's readiness has it. Quarkus' own says SERVING as soon as the port is open, when no model is
 * there yet, and until the port closes.
 */
@GrpcService
class GrpcHealth extends HealthGrpc.HealthImplBase {
    /** The stubs at hand are older than this word of the protocol. */
    private static final int SERVICE_UNKNOWN = 3;

    private final ReplicaState state;
    private final Instance<BindableService> services;

    @Inject
    GrpcHealth(ReplicaState state, @Any Instance<BindableService> services) {
        this.state = state;
        this.services = services;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> client) {
        if (isUnknown(request.getService())) {
            client.onError(Status.NOT_FOUND.withDescription("There is no service \"" + request.getService() + "\" here.").asException());
            return;
        }
        client.onNext(response(status()));
        client.onCompleted();
    }

    /** The status now, and each that follows; the protocol has a word for services that may come yet. */
    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> client) {
        if (isUnknown(request.getService())) {
            client.onNext(HealthCheckResponse.newBuilder().setStatusValue(SERVICE_UNKNOWN).build());
            return;
        }
        Watch watch = new Watch((ServerCallStreamObserver<HealthCheckResponse>) client);
        state.onChange(watch);
        watch.run();
    }

    /** One who watches; told each change once, and forgotten when gone. */
    private final class Watch implements Runnable {
        private final ServerCallStreamObserver<HealthCheckResponse> client;
        private ServingStatus told;

        Watch(ServerCallStreamObserver<HealthCheckResponse> client) {
            this.client = client;
            // also what keeps this alive as long as the call is
            client.setOnCancelHandler(() -> state.forget(this));
        }

        @Override
        public synchronized void run() {
            if (client.isCancelled()) {
                state.forget(this);
            } else if (told != status()) {
                told = status();
                client.onNext(response(told));
            } else if (state.refuses()) {
                // the end of a replica waits for calls under way, and this one would never end
                state.forget(this);
                client.onCompleted();
            }
        }
    }

    private boolean isUnknown(String service) {
        return !service.isEmpty() && services.stream().noneMatch(one -> one.bindService().getServiceDescriptor().getName().equals(service));
    }

    private ServingStatus status() {
        return state.isReady() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }
}
