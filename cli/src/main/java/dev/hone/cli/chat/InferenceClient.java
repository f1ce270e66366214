package dev.hone.cli.chat;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Endpoints;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.Sampling;
import dev.hone.v1.ServedModel;
import dev.hone.v1.Usage;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Serving's clients' view, with errors as sentences. */
public final class InferenceClient implements AutoCloseable {
    private static final long SHORT_CALL_SECONDS = 30;

    private final ManagedChannel channel;
    private final InferenceGrpc.InferenceBlockingStub stub;

    public InferenceClient(String host, int port) {
        channel = NettyChannelBuilder.forAddress(host, port).usePlaintext().build();
        stub = InferenceGrpc.newBlockingStub(channel);
    }

    public static InferenceClient of(Endpoints endpoints) {
        return new InferenceClient(endpoints.host("serving"), endpoints.port("serving"));
    }

    /** @param onText gets each piece as it comes */
    public Answer chat(String model, List<ChatMessage> messages, Sampling sampling, Consumer<String> onText) {
        return chat(ChatRequest.newBuilder().setModel(model).addAllMessages(messages).setSampling(sampling).build(), onText);
    }

    /** @param onText gets each piece as it comes */
    Answer chat(ChatRequest request, Consumer<String> onText) {
        long started = System.nanoTime();
        return call(() -> gather(stub.chat(request), onText, started));
    }

    private static Answer gather(Iterator<GenerateReply> pieces, Consumer<String> onText, long started) {
        StringBuilder text = new StringBuilder();
        GenerateReply last = GenerateReply.getDefaultInstance();
        while (pieces.hasNext()) {
            last = pieces.next();
            text.append(last.getText());
            onText.accept(last.getText());
        }
        FinishReason finish = last.getFinishReason();
        Usage usage = last.getUsage();
        return new Answer(last.getAnswerId(), text.toString(), last.getRevision(), finish, usage, Duration.ofNanos(System.nanoTime() - started));
    }

    public List<ServedModel> models() {
        return call(() -> stub.withDeadlineAfter(SHORT_CALL_SECONDS, TimeUnit.SECONDS)
                .listModels(ListModelsRequest.getDefaultInstance()).getModelsList());
    }

    /** @return the id of the event that serving wrote */
    public String feedback(FeedbackRequest request) {
        return call(() -> stub.withDeadlineAfter(SHORT_CALL_SECONDS, TimeUnit.SECONDS).feedback(request).getEventId());
    }

    private static <T> T call(Supplier<T> call) {
        try {
            return call.get();
        } catch (StatusRuntimeException e) {
            throw new Failure(sentence(e.getStatus()), e);
        }
    }

    private static String sentence(Status status) {
        String description = status.getDescription() == null ? status.getCode().toString() : status.getDescription();
        return switch (status.getCode()) {
            case UNAVAILABLE -> "Serving cannot be reached or is not ready yet: " + description;
            case DEADLINE_EXCEEDED -> "Serving did not answer in time.";
            case NOT_FOUND, INVALID_ARGUMENT, FAILED_PRECONDITION -> description;
            default -> "Serving refused (" + status.getCode() + "): " + description;
        };
    }

    @Override
    public void close() {
        channel.shutdown();
        try {
            if (!channel.awaitTermination(5, TimeUnit.SECONDS)) {
                channel.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            channel.shutdownNow();
        }
    }
}
