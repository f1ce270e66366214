package dev.hone.serving.openinference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.hone.llm.text.ChatMessage;
import dev.hone.openinference.GRPCInferenceServiceGrpc;
import dev.hone.openinference.InferParameter;
import dev.hone.openinference.InferTensorContents;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.openinference.ModelInferResponse;
import dev.hone.openinference.ModelMetadataRequest;
import dev.hone.openinference.ModelReadyRequest;
import dev.hone.openinference.ModelStreamInferResponse;
import dev.hone.openinference.ServerLiveRequest;
import dev.hone.openinference.ServerMetadataRequest;
import dev.hone.openinference.ServerReadyRequest;
import dev.hone.serving.access.Access;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.FakeAnswers;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.grpc.FaceServer;
import dev.hone.testkit.Await;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OpenInferenceFaceTest {
    private final FakeAnswers answers = new FakeAnswers();
    private FaceServer server;
    private GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub stub;

    @BeforeEach
    void start() throws Exception {
        server = new FaceServer(new OpenInferenceFace(new Guard(answers, feedback -> "", Access.open()), () -> true, 1000), Access.open());
        stub = GRPCInferenceServiceGrpc.newBlockingStub(server.channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() {
        server.close();
        answers.close();
    }

    private static ModelInferRequest.Builder request(String model, String... texts) {
        InferTensorContents.Builder contents = InferTensorContents.newBuilder();
        List.of(texts).forEach(text -> contents.addBytesContents(ByteString.copyFromUtf8(text)));
        return ModelInferRequest.newBuilder().setModelName(model).setId("mine").addInputs(
                ModelInferRequest.InferInputTensor.newBuilder().setName("text_input").setDatatype("BYTES").addShape(texts.length).setContents(contents));
    }

    private static InferParameter number(long value) {
        return InferParameter.newBuilder().setInt64Param(value).build();
    }

    private static InferParameter text(String value) {
        return InferParameter.newBuilder().setStringParam(value).build();
    }

    private Status refused(ModelInferRequest request) {
        return assertThrows(StatusRuntimeException.class, () -> stub.modelInfer(request)).getStatus();
    }

    private static List<String> texts(ModelInferResponse response, int output) {
        return response.getOutputs(output).getContents().getBytesContentsList().stream().map(ByteString::toStringUtf8).toList();
    }

    @Test
    void givenTheServer_whenItsStateIsAsked_thenItIsTold() throws Exception {
        assertTrue(stub.serverLive(ServerLiveRequest.getDefaultInstance()).getLive());
        assertTrue(stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
        assertEquals("hone", stub.serverMetadata(ServerMetadataRequest.getDefaultInstance()).getName());
        assertTrue(stub.modelReady(ModelReadyRequest.newBuilder().setName("m").setVersion("r1").build()).getReady());
        assertFalse(stub.modelReady(ModelReadyRequest.newBuilder().setName("m").setVersion("r2").build()).getReady());
        assertFalse(stub.modelReady(ModelReadyRequest.newBuilder().setName("nobody").build()).getReady());
        assertEquals(List.of("r1"), stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("m").build()).getVersionsList());
        assertEquals(Status.Code.NOT_FOUND, assertThrows(StatusRuntimeException.class,
                () -> stub.modelMetadata(ModelMetadataRequest.newBuilder().setName("nobody").build())).getStatus().getCode());
    }

    @Test
    void givenTexts_whenInferred_thenEachHasItsAnswerIdAndReason() {
        ModelInferResponse response = stub.modelInfer(request("m", "a b", "c").putParameters("max_tokens", number(2)).build());

        assertEquals("mine", response.getId());
        assertEquals("m", response.getModelName());
        assertEquals("r1", response.getModelVersion());
        assertEquals(List.of("text_output", "answer_id", "finish_reason"), response.getOutputsList().stream().map(output -> output.getName()).toList());
        assertEquals(List.of("one two", "one two"), texts(response, 0));
        assertEquals(List.of("length", "length"), texts(response, 2));
        assertEquals(List.of(2L), response.getOutputs(0).getShapeList());
        assertEquals(3, response.getParametersOrThrow("prompt_tokens").getInt64Param());
        assertEquals(texts(response, 1).getFirst(), response.getParametersOrThrow("answer_id").getStringParam());
    }

    @Test
    void givenRawContents_whenInferred_thenTheAnswerIsRawToo() {
        // one element of three bytes: 03 00 00 00 61 20 62
        ModelInferRequest raw = request("m").clearInputs().addInputs(ModelInferRequest.InferInputTensor.newBuilder().setName("text_input").setDatatype("BYTES").addShape(1).addShape(1))
                .addRawInputContents(ByteString.copyFrom(new byte[] {3, 0, 0, 0, 'a', ' ', 'b'})).putParameters("max_tokens", number(1))
                .addOutputs(ModelInferRequest.InferRequestedOutputTensor.newBuilder().setName("text_output")).build();

        ModelInferResponse response = stub.modelInfer(raw);

        assertEquals(1, response.getOutputsCount());
        assertEquals(ByteString.copyFrom(new byte[] {3, 0, 0, 0, 'o', 'n', 'e'}), response.getRawOutputContents(0));
        assertEquals(new Prompt.Text("a b"), answers.asked.remove().prompt());
        ModelInferRequest broken = raw.toBuilder().setRawInputContents(0, ByteString.copyFrom(new byte[] {9, 0, 0, 0, 'a'})).build();
        assertEquals(Status.Code.INVALID_ARGUMENT, refused(broken).getCode());
    }

    @Test
    void givenParametersAndTritonsJson_whenInferred_thenTheQuestionHasThemAll() {
        stub.modelInfer(request("m", "a").putParameters("chat", InferParameter.newBuilder().setBoolParam(true).build()).putParameters("conversation_id", text("c1"))
                .putParameters("top_p", InferParameter.newBuilder().setDoubleParam(0.5).build())
                .putParameters("sampling_parameters", text("{\"temperature\": 0.25, \"seed\": 9, \"max_tokens\": 3, \"stop\": [\"END\"], \"guided_choice\": [\"a.b\", \"c\"]}")).build());

        Question question = answers.asked.remove();
        assertEquals(new Prompt.Chat(List.of(new ChatMessage("user", "a"))), question.prompt());
        assertEquals(Optional.of("c1"), question.conversation());
        assertEquals(0.25, question.sampling().temperature());
        assertEquals(0.5, question.sampling().topP());
        assertEquals(9, question.sampling().seed());
        assertEquals(3, question.sampling().maxTokens());
        assertEquals(List.of("END"), question.sampling().stop());
        assertEquals(new Format.Regex("(a\\.b|c)"), question.format());
    }

    @Test
    void givenWhatCannotBeAnswered_whenInferred_thenEachHasItsStatus() {
        assertEquals(Status.Code.NOT_FOUND, refused(request("nobody", "a").build()).getCode());
        assertEquals(Status.Code.NOT_FOUND, refused(request("m", "a").setModelVersion("r9").build()).getCode());
        assertEquals(Status.Code.INVALID_ARGUMENT, refused(request("m", "a").putParameters("temperature", number(-1)).build()).getCode());
        assertEquals(Status.Code.INVALID_ARGUMENT, refused(ModelInferRequest.newBuilder().setModelName("m").build()).getCode());
        ModelInferRequest.Builder shape = request("m", "a");
        shape.getInputsBuilder(0).clearShape().addShape(2);
        assertTrue(refused(shape.build()).getDescription().contains("shape"));
        ModelInferRequest.Builder type = request("m", "a");
        type.getInputsBuilder(0).setDatatype("FP32");
        assertTrue(refused(type.build()).getDescription().contains("FP32"));
    }

    @Test
    void givenAStream_whenOneRequestFails_thenItsErrorIsToldAndTheOtherIsAnsweredInParts() throws Exception {
        ConcurrentLinkedQueue<ModelStreamInferResponse> responses = new ConcurrentLinkedQueue<>();
        CompletableFuture<Void> closed = new CompletableFuture<>();
        StreamObserver<ModelInferRequest> requests = stream(responses, closed);
        requests.onNext(request("m", "a").putParameters("max_tokens", number(2)).build());
        requests.onNext(request("nobody", "a").setId("other").build());
        requests.onCompleted();
        closed.get(30, TimeUnit.SECONDS);

        List<ModelStreamInferResponse> mine = responses.stream().filter(response -> response.getInferResponse().getId().equals("mine")).toList();
        assertEquals("one two", String.join("", mine.stream().map(response -> texts(response.getInferResponse(), 0).getFirst()).toList()));
        assertTrue(mine.size() > 2, "expected parts, found " + mine.size());
        assertTrue(mine.getLast().getInferResponse().getParametersOrThrow("triton_final_response").getBoolParam());
        ModelStreamInferResponse other = responses.stream().filter(response -> response.getInferResponse().getId().equals("other")).findFirst().orElseThrow();
        assertTrue(other.getErrorMessage().startsWith("NOT_FOUND: "), other.getErrorMessage());
    }

    private StreamObserver<ModelInferRequest> stream(ConcurrentLinkedQueue<ModelStreamInferResponse> responses, CompletableFuture<Void> closed) {
        return GRPCInferenceServiceGrpc.newStub(server.channel()).modelStreamInfer(new StreamObserver<>() {
            @Override
            public void onNext(ModelStreamInferResponse response) {
                responses.add(response);
            }

            @Override
            public void onError(Throwable error) {
                closed.completeExceptionally(error);
            }

            @Override
            public void onCompleted() {
                closed.complete(null);
            }
        });
    }

    @Test
    void givenAStreamOfAnEndlessAnswer_whenTheClientCancels_thenItIsNoLongerMade() {
        ConcurrentLinkedQueue<ModelStreamInferResponse> responses = new ConcurrentLinkedQueue<>();
        StreamObserver<ModelInferRequest> requests = stream(responses, new CompletableFuture<>());
        requests.onNext(request("endless", "a").build());
        Await.until("a part", Duration.ofSeconds(20), () -> !responses.isEmpty());

        requests.onError(Status.CANCELLED.asException());

        Await.until("the answer's end", Duration.ofSeconds(20), () -> answers.cancelled.get() == 1);
    }
}
