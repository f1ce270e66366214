package dev.hone.serving.openinference;

import dev.hone.openinference.ModelInferRequest;
import dev.hone.openinference.ModelInferResponse;
import dev.hone.openinference.ModelStreamInferResponse;
import dev.hone.serving.grpc.Call;
import dev.hone.serving.grpc.Statuses;
import dev.hone.serving.outlet.PacedWriter;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Requests as they come in, parts of their answers as they are made; one that fails ends no other. */
final class InferStream implements StreamObserver<ModelInferRequest> {
    /** Asks one request. */
    interface Asker {
        CompletableFuture<ModelInferResponse> ask(ModelInferRequest request, Consumer<ModelInferResponse> parts);
    }

    private static final String FINAL = "triton_final_response";

    private final StreamObserver<ModelStreamInferResponse> client;
    private final Call call;
    private final Asker asker;
    private final PacedWriter<ModelStreamInferResponse> writer;
    /** Requests under way, and one for as long as more may come. */
    private int open = 1;

    /** To be made on the thread that opens the stream. */
    InferStream(StreamObserver<ModelStreamInferResponse> client, Call call, Asker asker) {
        this.client = client;
        this.call = call;
        this.asker = asker;
        ServerCallStreamObserver<ModelStreamInferResponse> server = (ServerCallStreamObserver<ModelStreamInferResponse>) client;
        this.writer = new PacedWriter<>(call.thread(), new PacedWriter.Outlet<>() {
            @Override
            public boolean isReady() {
                return server.isReady() || call.isOver();
            }

            @Override
            public void write(ModelStreamInferResponse piece) {
                if (!call.isOver()) {
                    client.onNext(piece);
                }
            }
        }, PacedWriter.USUAL_BOUND, this::tooSlow);
        server.setOnReadyHandler(writer::ready);
    }

    @Override
    public void onNext(ModelInferRequest request) {
        synchronized (this) {
            open++;
        }
        asker.ask(request, part -> send(request, part, false)).whenComplete((last, failure) -> {
            if (failure == null) {
                send(request, last, true);
            } else {
                fail(request, Statuses.of(failure).getStatus());
            }
            close();
        });
    }

    @Override
    public void onError(Throwable gone) {
        writer.abandon();
    }

    @Override
    public void onCompleted() {
        close();
    }

    private void send(ModelInferRequest request, ModelInferResponse part, boolean last) {
        ModelInferResponse told = part.toBuilder().putParameters(FINAL, TextAnswer.truth(last)).build();
        ModelStreamInferResponse response = ModelStreamInferResponse.newBuilder().setInferResponse(told).build();
        writer.send(response, response.getSerializedSize());
    }

    private void fail(ModelInferRequest request, Status status) {
        writer.send(ModelStreamInferResponse.newBuilder().setErrorMessage(status.getCode() + ": " + status.getDescription())
                .setInferResponse(ModelInferResponse.newBuilder().setModelName(request.getModelName()).setId(request.getId()).putParameters(FINAL, TextAnswer.truth(true))).build(), 0);
    }

    private void close() {
        boolean last;
        synchronized (this) {
            last = --open == 0;
        }
        if (last) {
            writer.end(() -> {
                if (!call.isOver()) {
                    client.onCompleted();
                }
            });
        }
    }

    private void tooSlow() {
        call.abandon();
        client.onError(Status.RESOURCE_EXHAUSTED.withDescription("Answers were made faster than they were read. Read them as they come.").asRuntimeException());
    }
}
