package dev.hone.serving;

import dev.hone.serving.access.Guard;
import dev.hone.serving.openinference.OpenInferenceFace;
import dev.hone.serving.operations.ReplicaState;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;

/** The Open Inference Protocol, where Quarkus finds it. */
@GrpcService
class OpenInferenceService extends OpenInferenceFace {
    @Inject
    OpenInferenceService(Guard guard, ReplicaState state, ServingConfig config) {
        super(guard, state::isReady, config.serving().maxAnswerTokens());
    }
}
