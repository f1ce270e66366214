package dev.hone.serving.openinference;

import dev.hone.openinference.GRPCInferenceServiceGrpc;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.openinference.ModelInferResponse;
import dev.hone.openinference.ModelMetadataRequest;
import dev.hone.openinference.ModelMetadataResponse;
import dev.hone.openinference.ModelReadyRequest;
import dev.hone.openinference.ModelReadyResponse;
import dev.hone.openinference.ModelStreamInferResponse;
import dev.hone.openinference.ServerLiveRequest;
import dev.hone.openinference.ServerLiveResponse;
import dev.hone.openinference.ServerMetadataRequest;
import dev.hone.openinference.ServerMetadataResponse;
import dev.hone.openinference.ServerReadyRequest;
import dev.hone.openinference.ServerReadyResponse;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.grpc.Call;
import dev.hone.serving.grpc.Statuses;
import dev.hone.serving.request.Batch;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** The Open Inference Protocol: a model has a text as its input and an answer as its output. */
public class OpenInferenceFace extends GRPCInferenceServiceGrpc.GRPCInferenceServiceImplBase {
    private final Guard guard;
    private final BooleanSupplier ready;
    private final Inferences inferences;

    /**
     * @param ready whether this replica takes requests
     * @param mostTokens of an answer, whatever a request asks for
     */
    public OpenInferenceFace(Guard guard, BooleanSupplier ready, int mostTokens) {
        this.guard = guard;
        this.ready = ready;
        this.inferences = new Inferences(mostTokens);
    }

    @Override
    public void serverLive(ServerLiveRequest request, StreamObserver<ServerLiveResponse> client) {
        client.onNext(ServerLiveResponse.newBuilder().setLive(true).build());
        client.onCompleted();
    }

    @Override
    public void serverReady(ServerReadyRequest request, StreamObserver<ServerReadyResponse> client) {
        client.onNext(ServerReadyResponse.newBuilder().setReady(ready.getAsBoolean()).build());
        client.onCompleted();
    }

    @Override
    public void serverMetadata(ServerMetadataRequest request, StreamObserver<ServerMetadataResponse> client) {
        String version = OpenInferenceFace.class.getPackage().getImplementationVersion();
        client.onNext(ServerMetadataResponse.newBuilder().setName("hone").setVersion(version == null ? "" : version).addExtensions("model_stream_infer").build());
        client.onCompleted();
    }

    @Override
    public void modelReady(ModelReadyRequest request, StreamObserver<ModelReadyResponse> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> call.reply(client, CompletableFuture.completedFuture(
                ModelReadyResponse.newBuilder().setReady(new Catalogue(guard.models(caller)).isReady(request.getName(), request.getVersion())).build())));
    }

    @Override
    public void modelMetadata(ModelMetadataRequest request, StreamObserver<ModelMetadataResponse> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> call.reply(client, attempt(() ->
                CompletableFuture.completedFuture(new Catalogue(guard.models(caller)).metadata(request.getName(), request.getVersion())))));
    }

    @Override
    public void modelInfer(ModelInferRequest request, StreamObserver<ModelInferResponse> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> call.reply(client, attempt(() -> infer(request, caller, call, null))));
    }

    @Override
    public StreamObserver<ModelInferRequest> modelStreamInfer(StreamObserver<ModelStreamInferResponse> client) {
        Call call = Call.current().heard(client);
        return new InferStream(client, call, (request, parts) -> call.caller().get().toCompletableFuture().thenCompose(caller -> attempt(() -> infer(request, caller, call, parts))));
    }

    private interface Attempt<T> {
        CompletableFuture<T> begin() throws Refusal;
    }

    private static <T> CompletableFuture<T> attempt(Attempt<T> attempt) {
        try {
            return attempt.begin();
        } catch (Refusal | RuntimeException refused) {
            return CompletableFuture.failedFuture(Statuses.of(refused));
        }
    }

    /** @param parts told as they come, of a request with one text; null: the whole is wanted */
    private CompletableFuture<ModelInferResponse> infer(ModelInferRequest request, Caller caller, Call call, Consumer<ModelInferResponse> parts) throws Refusal {
        if (!request.getModelVersion().isEmpty()) {
            new Catalogue(guard.models(caller)).require(request.getModelName(), request.getModelVersion());
        }
        Inferences.Asked asked = inferences.read(request, caller, call.lifetime().deadlineNanos());
        boolean streamed = parts != null && asked.questions().size() == 1;
        Consumer<TextAnswer> told = streamed ? part -> parts.accept(TextAnswer.response(request, asked.raw(), List.of(part))) : null;
        CompletableFuture<List<TextAnswer>> answers = Batch.each(IntStream.range(0, asked.questions().size()).boxed().toList(), place -> ask(request, asked, place, told));
        call.lifetime().whenAbandoned(() -> answers.cancel(true));
        return answers.thenApply(all -> TextAnswer.response(request, asked.raw(), all));
    }

    private CompletableFuture<TextAnswer> ask(ModelInferRequest request, Inferences.Asked asked, int place, Consumer<TextAnswer> told) {
        CompletableFuture<TextAnswer> answer = new CompletableFuture<>();
        Answers.InFlight inFlight = guard.ask(asked.questions().get(place), new TextAnswer.Sink(request.getModelVersion(), asked.prefix(place), answer, told));
        answer.whenComplete((whole, failure) -> {
            // refused for its version, or nobody waits for it
            if (failure instanceof CancellationException || failure instanceof Refusal) {
                inFlight.cancel();
            }
        });
        return answer;
    }
}
