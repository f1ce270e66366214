package dev.hone.serving;

import dev.hone.testkit.Await;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.Sampling;
import dev.hone.v1.ServedModel;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A plain gRPC client over Netty, as any other system would be. */
final class Client implements AutoCloseable {
    private final ManagedChannel channel;

    Client(int port) {
        channel = NettyChannelBuilder.forAddress("localhost", port).usePlaintext().build();
    }

    /** A whole answer. */
    record Answer(List<GenerateReply> pieces) {
        String text() {
            return String.join("", pieces.stream().map(GenerateReply::getText).toList());
        }

        GenerateReply last() {
            return pieces.getLast();
        }
    }

    ManagedChannel channel() {
        return channel;
    }

    InferenceGrpc.InferenceBlockingStub stub() {
        return InferenceGrpc.newBlockingStub(channel);
    }

    static ChatRequest chat(String model, String question, Sampling sampling) {
        return ChatRequest.newBuilder().setModel(model).addMessages(ChatMessage.newBuilder().setRole("user").setContent(question)).setSampling(sampling).build();
    }

    static Sampling greedy(int tokens) {
        return Sampling.newBuilder().setMaxTokens(tokens).build();
    }

    Answer ask(ChatRequest request) {
        List<GenerateReply> pieces = new ArrayList<>();
        stub().withDeadlineAfter(60, TimeUnit.SECONDS).chat(request).forEachRemaining(pieces::add);
        if (pieces.isEmpty() || pieces.getLast().getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED) {
            throw new AssertionError("Expected an answer with a finish reason at its end, found " + pieces);
        }
        return new Answer(pieces);
    }

    Optional<ServedModel> model(String name) {
        return stub().listModels(ListModelsRequest.getDefaultInstance()).getModelsList().stream().filter(model -> model.getName().equals(name)).findFirst();
    }

    ServedModel awaitModel(String name, Predicate<ServedModel> wanted) {
        return Await.value("model " + name + " in the wanted state", Duration.ofSeconds(60), () -> model(name).filter(wanted));
    }

    @Override
    public void close() throws InterruptedException {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
}
