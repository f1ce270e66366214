package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import dev.hone.openinference.GRPCInferenceServiceGrpc;
import dev.hone.openinference.InferParameter;
import dev.hone.openinference.InferTensorContents;
import dev.hone.openinference.ModelInferRequest;
import dev.hone.openinference.ModelInferResponse;
import dev.hone.openinference.ModelMetadataRequest;
import dev.hone.openinference.ModelMetadataResponse;
import dev.hone.openinference.ModelReadyRequest;
import dev.hone.openinference.ServerReadyRequest;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneTestResource;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.exception.HttpException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Clients that others wrote, as they are. */
@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(DeployedBeforeStart.class)
class ClientsIT {
    private static final String MODEL = "veteran";
    private static final String QUESTION = "How do I reset my smartphone?";

    @TestHTTPResource("/")
    URL service;

    private Client grpc;
    private OpenAIClient openAi;
    private String base;

    @BeforeEach
    void connect() {
        grpc = new Client(service.getPort());
        grpc.awaitModel(MODEL, model -> model.getState().equals("serving"));
        base = "http://localhost:" + service.getPort() + "/v1";
        openAi = OpenAIOkHttpClient.builder().baseUrl(base).apiKey("none needed").maxRetries(0).build();
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        openAi.close();
        grpc.close();
    }

    private static ChatCompletionCreateParams.Builder chat() {
        return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage(QUESTION).temperature(0).maxCompletionTokens(12);
    }

    /** What our own gRPC answers: the same engine must say the same on every face. */
    private Client.Answer reference(int tokens) {
        return grpc.ask(Client.chat(MODEL, QUESTION, Client.greedy(tokens)));
    }

    @Test
    void givenOpenAisJavaClient_whenItChats_thenTheAnswerIsThatOfGrpcAndItsIdTakesFeedback() {
        ChatCompletion completion = openAi.chat().completions().create(chat().logprobs(true).topLogprobs(2).build());

        assertEquals(reference(12).text(), completion.choices().getFirst().message().content().orElseThrow());
        assertEquals(ChatCompletion.Choice.FinishReason.LENGTH, completion.choices().getFirst().finishReason());
        assertEquals(12, completion.usage().orElseThrow().completionTokens());
        assertEquals("v2", completion.systemFingerprint().orElseThrow());
        var tokens = completion.choices().getFirst().logprobs().orElseThrow().content().orElseThrow();
        assertEquals(12, tokens.size());
        assertTrue(tokens.stream().allMatch(token -> token.logprob() < 0 && token.topLogprobs().size() == 2 && token.topLogprobs().getFirst().logprob() == token.logprob()), tokens.toString());
        assertFalse(grpc.stub().feedback(dev.hone.v1.FeedbackRequest.newBuilder().setModel(MODEL).setAnswerId(completion.id()).setVerdict("good").build()).getEventId().isEmpty());
    }

    @Test
    void givenOpenAisJavaClient_whenItStreams_thenPiecesMakeTheSameAnswerWithUsage() {
        ChatCompletionAccumulator whole = ChatCompletionAccumulator.create();
        int chunks = 0;
        try (StreamResponse<ChatCompletionChunk> stream = openAi.chat().completions().createStreaming(
                chat().maxCompletionTokens(80).streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build()).build())) {
            for (ChatCompletionChunk chunk : (Iterable<ChatCompletionChunk>) stream.stream()::iterator) {
                whole.accumulate(chunk);
                chunks++;
            }
        }

        assertTrue(chunks > 8, "expected a stream, found " + chunks + " chunks");
        assertEquals(reference(80).text(), whole.chatCompletion().choices().getFirst().message().content().orElseThrow());
        assertEquals(80, whole.chatCompletion().usage().orElseThrow().completionTokens());
    }

    @Test
    void givenOpenAisJavaClient_whenItCompletesWithEcho_thenThePromptsLogprobsComeFirst() {
        Completion completion = openAi.completions().create(CompletionCreateParams.builder().model(MODEL).prompt("The battery").temperature(0).maxTokens(1).echo(true).logprobs(1).build());

        var logprobs = completion.choices().getFirst().logprobs().orElseThrow();
        long prompt = completion.usage().orElseThrow().promptTokens();
        assertEquals(prompt + 1, logprobs.tokens().orElseThrow().size());
        assertEquals(prompt + 1, logprobs.textOffset().orElseThrow().size());
        assertTrue(completion.choices().getFirst().text().startsWith("The battery"), completion.choices().getFirst().text());
    }

    @Test
    void givenOpenAisJavaClient_whenItEmbedsAndLists_thenVectorsHaveLengthOneAndModelsAreNamed() {
        CreateEmbeddingResponse embedded = openAi.embeddings().create(EmbeddingCreateParams.builder().model(MODEL).inputOfArrayOfStrings(List.of(QUESTION, "Hello")).build());

        assertEquals(2, embedded.data().size());
        for (var one : embedded.data()) {
            assertEquals(1, one.embedding().stream().mapToDouble(value -> value * value).sum(), 1e-4);
        }
        assertTrue(openAi.models().list().data().stream().anyMatch(model -> model.id().equals(MODEL)));
        assertEquals(MODEL, openAi.models().retrieve(MODEL).id());
    }

    @Test
    void givenOpenAisJavaClient_whenItAsksWhatCannotBeAnswered_thenItThrowsItsOwnExceptions() {
        NotFoundException unknown = assertThrows(NotFoundException.class, () -> openAi.chat().completions().create(chat().model("nobody").build()));
        assertTrue(unknown.getMessage().contains("veteran"), unknown.getMessage());
        assertEquals("model_not_found", unknown.code().orElseThrow());
        BadRequestException invalid = assertThrows(BadRequestException.class, () -> openAi.chat().completions().create(chat().topP(7).build()));
        assertEquals("top_p", invalid.param().orElseThrow());
    }

    @Test
    void givenLangChain4j_whenItChatsAndEmbeds_thenTheAnswerIsThatOfGrpc() {
        OpenAiChatModel model = OpenAiChatModel.builder().baseUrl(base).apiKey("none needed").modelName(MODEL).temperature(0.0).maxTokens(12).maxRetries(0).build();
        assertEquals(reference(12).text(), model.chat(QUESTION));

        Embedding vector = OpenAiEmbeddingModel.builder().baseUrl(base).apiKey("none needed").modelName(MODEL).maxRetries(0).build().embed(QUESTION).content();
        assertEquals(32, vector.dimension());
    }

    @Test
    void givenLangChain4j_whenItStreams_thenPiecesMakeTheSameAnswer() throws Exception {
        CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
        StringBuilder pieces = new StringBuilder();
        OpenAiStreamingChatModel.builder().baseUrl(base).apiKey("none needed").modelName(MODEL).temperature(0.0).maxTokens(12).build().chat(QUESTION, new StreamingChatResponseHandler() {
            @Override
            public void onPartialResponse(String piece) {
                pieces.append(piece);
            }

            @Override
            public void onCompleteResponse(ChatResponse response) {
                whole.complete(response);
            }

            @Override
            public void onError(Throwable error) {
                whole.completeExceptionally(error);
            }
        });

        assertEquals(reference(12).text(), whole.get(60, TimeUnit.SECONDS).aiMessage().text());
        assertEquals(whole.join().aiMessage().text(), pieces.toString());
        assertEquals(12, whole.join().tokenUsage().outputTokenCount());
    }

    @Test
    void givenLangChain4j_whenTheModelIsUnknown_thenItsExceptionHasTheStatus() {
        OpenAiChatModel model = OpenAiChatModel.builder().baseUrl(base).apiKey("none needed").modelName("nobody").maxRetries(0).build();

        Throwable failure = assertThrows(RuntimeException.class, () -> model.chat(QUESTION));
        while (!(failure instanceof HttpException) && failure.getCause() != null) {
            failure = failure.getCause();
        }
        assertEquals(404, assertInstanceOf(HttpException.class, failure).statusCode());
    }

    @Test
    void givenJavasHttpClient_whenItAsksForHttp2OverPlainText_thenTheUpgradeIsTakenWithItsBody() throws Exception {
        String body = "{\"model\": \"veteran\", \"prompt\": \"The battery\", \"max_tokens\": 2, \"temperature\": 0, \"store\": \"" + "x".repeat(200_000) + "\"}";
        try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/completions")).timeout(Duration.ofSeconds(60)).POST(HttpRequest.BodyPublishers.ofString(body)).build();
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
                assertEquals(200, response.statusCode(), response.body());
                assertEquals(HttpClient.Version.HTTP_2, response.version());
            }
        }
    }

    @Test
    void givenAGrpcTool_whenItKnowsNothingButReflection_thenItCallsBothServices() throws Exception {
        GrpcTool tool = new GrpcTool(grpc.channel());
        String chat = "{\"model\": \"veteran\", \"messages\": [{\"role\": \"user\", \"content\": \"" + QUESTION + "\"}], \"sampling\": {\"max_tokens\": 5}}";

        assertTrue(tool.services().containsAll(List.of("hone.v1.Inference", "inference.GRPCInferenceService", "grpc.health.v1.Health")), tool.services().toString());
        String first = tool.call("hone.v1.Inference/Chat", chat).getFirst();
        assertTrue(first.contains("\"revision\":\"v2\"") && first.contains(reference(5).pieces().getFirst().getText().strip()), first);
        assertTrue(tool.call("hone.v1.Inference/ListModels", "{}").getFirst().contains("veteran"));
        assertEquals("{\"ready\":true}", tool.call("inference.GRPCInferenceService/ModelReady", "{\"name\": \"veteran\"}").getFirst());
        if (GrpcTool.binary().isPresent()) {
            assertTrue(GrpcTool.run(GrpcTool.binary().get(), "localhost:" + service.getPort(), "hone.v1.Inference/Chat", chat).contains("FINISH_REASON_LENGTH"));
        }
    }

    @Test
    void givenAKServeClient_whenItInfers_thenTheAnswerIsThatOfGrpc() {
        var stub = GRPCInferenceServiceGrpc.newBlockingStub(grpc.channel());
        Await.until("a ready server", Duration.ofSeconds(60), () -> stub.serverReady(ServerReadyRequest.getDefaultInstance()).getReady());
        assertTrue(stub.modelReady(ModelReadyRequest.newBuilder().setName(MODEL).setVersion("v2").build()).getReady());
        assertFalse(stub.modelReady(ModelReadyRequest.newBuilder().setName(MODEL).setVersion("v9").build()).getReady());
        ModelMetadataResponse metadata = stub.modelMetadata(ModelMetadataRequest.newBuilder().setName(MODEL).build());
        assertEquals("text_input", metadata.getInputs(0).getName());
        assertEquals(List.of("v2"), metadata.getVersionsList());

        ModelInferResponse response = stub.modelInfer(ModelInferRequest.newBuilder().setModelName(MODEL).setId("mine")
                .addInputs(ModelInferRequest.InferInputTensor.newBuilder().setName("text_input").setDatatype("BYTES").addShape(1)
                        .setContents(InferTensorContents.newBuilder().addBytesContents(com.google.protobuf.ByteString.copyFromUtf8(QUESTION))))
                .putParameters("chat", InferParameter.newBuilder().setBoolParam(true).build())
                .putParameters("max_tokens", InferParameter.newBuilder().setInt64Param(12).build()).build());

        assertEquals("mine", response.getId());
        assertEquals(reference(12).text(), response.getOutputs(0).getContents().getBytesContents(0).toStringUtf8());
        assertEquals(12, response.getParametersOrThrow("completion_tokens").getInt64Param());
        assertEquals("v2", response.getModelVersion());
    }
}
