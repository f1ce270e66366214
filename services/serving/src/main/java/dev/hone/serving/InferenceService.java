package dev.hone.serving;

import dev.hone.serving.access.Guard;
import dev.hone.serving.grpc.InferenceFace;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;

/** Hone's own gRPC service, where Quarkus finds it. */
@GrpcService
class InferenceService extends InferenceFace {
    @Inject
    InferenceService(Guard guard, ServingConfig config) {
        super(guard, config.serving().maxAnswerTokens());
    }
}
