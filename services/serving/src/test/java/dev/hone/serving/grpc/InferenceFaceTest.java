package dev.hone.serving.grpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.generate.Penalties;
import dev.hone.serving.access.Access;
import dev.hone.serving.access.ApiKey;
import dev.hone.serving.access.Grant;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.FakeAnswers;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.answer.Refusal;
import dev.hone.testkit.Await;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.EmbedReply;
import dev.hone.v1.EmbedRequest;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.Logprobs;
import dev.hone.v1.Passage;
import dev.hone.v1.ResponseFormat;
import dev.hone.v1.Sampling;
import dev.hone.v1.ScoreReply;
import dev.hone.v1.ScoreRequest;
import dev.hone.v1.TokenIds;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InferenceFaceTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private final FakeAnswers answers = new FakeAnswers();
    private FaceServer server;
    private InferenceGrpc.InferenceBlockingStub stub;

    @BeforeEach
    void start() throws Exception {
        serve(Access.open());
    }

    private void serve(Access access) throws Exception {
        server = new FaceServer(new InferenceFace(new Guard(answers, feedback -> {
            if (feedback.getAnswerId().equals("twice")) {
                throw new Refusal(Refusal.Code.ALREADY_EXISTS, "Answer twice has a verdict already.");
            }
            return "event of " + feedback.getAnswerId();
        }, access), 1000), access);
        stub = InferenceGrpc.newBlockingStub(server.channel());
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        answers.close();
    }

    private static ChatRequest.Builder chat(String model, String text) {
        return ChatRequest.newBuilder().setModel(model).addMessages(ChatMessage.newBuilder().setRole("user").setContent(text));
    }

    private List<GenerateReply> replies(ChatRequest request) {
        List<GenerateReply> replies = new ArrayList<>();
        stub.withDeadlineAfter(20, TimeUnit.SECONDS).chat(request).forEachRemaining(replies::add);
        return replies;
    }

    private static Status status(org.junit.jupiter.api.function.Executable call) {
        return assertThrows(StatusRuntimeException.class, call).getStatus();
    }

    @Test
    void givenAChat_whenAsked_thenPiecesHaveOneIdAndRevisionAndTheLastHasReasonAndUsage() {
        List<GenerateReply> replies = replies(chat("m", "a b c").setSampling(Sampling.newBuilder().setMaxTokens(3)).build());

        assertEquals(List.of("one", " two", " three", ""), replies.stream().map(GenerateReply::getText).toList());
        assertTrue(replies.stream().allMatch(reply -> reply.getAnswerId().equals("a1") && reply.getRevision().equals("r1")));
        assertEquals(FinishReason.FINISH_REASON_LENGTH, replies.getLast().getFinishReason());
        assertEquals(3, replies.getLast().getUsage().getPromptTokens());
        assertEquals(3, replies.getLast().getUsage().getCompletionTokens());
    }

    @Test
    void givenEveryField_whenAsked_thenTheQuestionHasThemAll() {
        stub.generate(GenerateRequest.newBuilder().setModel("m").setPrompt("Once").setConversationId("c1").setLogprobs(Logprobs.newBuilder().setTop(2).setEcho(true))
                .setResponseFormat(ResponseFormat.newBuilder().setRegex("[a-z]+")).setSampling(Sampling.newBuilder().setTemperature(0.5f).setTopK(40).setTopP(0.75f).setMinP(0.25f)
                        .setRepetitionPenalty(1.5f).setPresencePenalty(-0.5f).setFrequencyPenalty(0.5f).putLogitBias(7, -100).setSeed(9).setMaxTokens(5000).addStop("END"))
                .build()).forEachRemaining(reply -> {});

        Question question = answers.asked.remove();
        assertEquals(new Prompt.Text("Once"), question.prompt());
        assertEquals(Optional.of("c1"), question.conversation());
        assertEquals(new Format.Regex("[a-z]+"), question.format());
        assertEquals(2, question.logprobs());
        assertTrue(question.echo());
        assertEquals(new dev.hone.llm.generate.Sampling(0.5, 40, 0.75, 0.25, new Penalties(1.5, -0.5, 0.5), Map.of(7, -100.0), 9, 1000, List.of("END")), question.sampling());
    }

    @Test
    void givenOnlyAPrompt_whenAsked_thenTheAnswerIsGreedyFreeAndOf256Tokens() {
        replies(chat("m", "a").build());
        replies(chat("m", "a").build());

        Question question = answers.asked.remove();
        assertEquals(0, question.sampling().temperature());
        assertEquals(256, question.sampling().maxTokens());
        assertEquals(1, question.sampling().topP());
        assertEquals(Penalties.NONE, question.sampling().penalties());
        assertEquals(Format.FREE, question.format());
        assertEquals(-1, question.logprobs());
        assertEquals(Optional.empty(), question.conversation());
        assertFalse(question.sampling().seed() == answers.asked.remove().sampling().seed(), "seeds differ where none was asked for");
    }

    @Test
    void givenLogprobsWithEcho_whenAsked_thenThePromptsTokensComeFirstAndTheFirstHasNone() {
        List<GenerateReply> replies = replies(chat("m", "a b").setSampling(Sampling.newBuilder().setMaxTokens(1)).setLogprobs(Logprobs.newBuilder().setTop(1).setEcho(true)).build());

        GenerateReply first = replies.getFirst();
        assertEquals(2, first.getPromptTokensCount());
        assertFalse(first.getPromptTokens(0).hasLogprob());
        assertEquals(-0.125, first.getPromptTokens(1).getLogprob());
        assertEquals("other", first.getPromptTokens(1).getAlternatives(0).getBytes().toStringUtf8());
        assertEquals("one", replies.get(1).getTokens(0).getBytes().toStringUtf8());
        assertEquals(-0.25, replies.get(1).getTokens(0).getLogprob());
    }

    @Test
    void givenContinuations_whenScored_thenSumsAndGreedinessAreTold() {
        ScoreReply reply = stub.score(ScoreRequest.newBuilder().setModel("m").setContext(Passage.newBuilder().setText("a b"))
                .addContinuations(Passage.newBuilder().setText(" c d")).addContinuations(Passage.newBuilder().setTokens(TokenIds.newBuilder().addIds(4))).build());

        assertEquals("r1", reply.getRevision());
        assertEquals(2, reply.getContextTokens());
        // two words after two others: -2/8 and -3/8
        assertEquals(-0.625, reply.getContinuations(0).getLogprob());
        assertFalse(reply.getContinuations(0).getGreedy());
        assertTrue(reply.getContinuations(1).getGreedy());
        assertEquals(" d", reply.getContinuations(0).getTokens(1).getBytes().toStringUtf8());
    }

    @Test
    void givenMoreTextsThanGoAtATime_whenEmbedded_thenVectorsComeInOrder() {
        EmbedRequest.Builder request = EmbedRequest.newBuilder().setModel("m");
        for (int i = 0; i < 50; i++) {
            request.addTexts(Passage.newBuilder().setText(i % 3 == 0 ? "a b" : "a"));
        }

        EmbedReply reply = stub.embed(request.build());

        assertEquals(50, reply.getVectorsCount());
        for (int i = 0; i < 50; i++) {
            assertEquals(i % 3 == 0 ? 0.6f : -0.6f, reply.getVectors(i).getValues(0));
        }
        assertEquals(67, reply.getTokens());
    }

    @Test
    void givenWhatCannotBeAnswered_whenAsked_thenEachHasItsStatus() {
        assertEquals(Status.Code.NOT_FOUND, status(() -> replies(chat("nobody", "a").build())).getCode());
        assertEquals(Status.Code.NOT_FOUND, status(() -> stub.embed(EmbedRequest.newBuilder().setModel("nobody").addTexts(Passage.newBuilder().setText("a")).build())).getCode());
        Status invalid = status(() -> replies(chat("m", "a").setSampling(Sampling.newBuilder().setMinP(2)).build()));
        assertEquals(Status.Code.INVALID_ARGUMENT, invalid.getCode());
        assertTrue(invalid.getDescription().contains("min_p"), invalid.getDescription());
        assertEquals(Status.Code.ALREADY_EXISTS, status(() -> stub.feedback(FeedbackRequest.newBuilder().setModel("m").setAnswerId("twice").setVerdict("good").build())).getCode());
        assertEquals("event of a1", stub.feedback(FeedbackRequest.newBuilder().setModel("m").setAnswerId("a1").setRating(5).addTags("fast").build()).getEventId());
        assertEquals(2, stub.listModels(ListModelsRequest.getDefaultInstance()).getModelsCount());
    }

    @Test
    void givenAnEndlessAnswer_whenTheClientCancels_thenItIsNoLongerMade() {
        Context.CancellableContext call = Context.current().withCancellation();
        call.run(() -> stub.chat(chat("endless", "a").build()).next());
        call.cancel(null);

        Await.until("the answer's end", PATIENCE, () -> answers.cancelled.get() == 1);
    }

    @Test
    void givenADeadline_whenAsked_thenTheQuestionHasIt() {
        long before = System.nanoTime();
        stub.withDeadlineAfter(1, TimeUnit.HOURS).chat(chat("m", "a").build()).forEachRemaining(reply -> {});

        long left = answers.asked.remove().deadlineNanos() - before;
        assertTrue(left > Duration.ofMinutes(59).toNanos() && left < Duration.ofMinutes(61).toNanos(), "left " + left);
    }

    @Test
    void givenAClientThatDoesNotRead_whenTooMuchWaits_thenTheAnswerIsStoppedWithASentence() throws Exception {
        CompletableFuture<Status> closed = new CompletableFuture<>();
        ClientCall<ChatRequest, GenerateReply> call = server.channel().newCall(InferenceGrpc.getChatMethod(), CallOptions.DEFAULT);
        call.start(new ClientCall.Listener<>() {
            @Override
            public void onClose(Status status, Metadata trailers) {
                closed.complete(status);
            }
        }, new Metadata());
        call.sendMessage(chat("endless", "a").build());
        call.halfClose();
        call.request(1);

        Await.until("the answer's end", PATIENCE, () -> answers.cancelled.get() == 1);
        call.request(Integer.MAX_VALUE);
        Status status = closed.get(20, TimeUnit.SECONDS);
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, status.getCode());
        assertTrue(status.getDescription().contains("faster than it was read"), status.getDescription());
    }

    @Test
    void givenKeysAndLimits_whenAsked_thenRefusalsHaveTheirStatusesAndPushback() throws Exception {
        server.close();
        serve(new Access(List.of(ApiKey.ofSecret("ali", "open-sesame", new Grant(Set.of("m"), OptionalInt.of(1), OptionalLong.empty(), OptionalInt.empty()))), Optional.empty()));

        assertEquals(Status.Code.UNAUTHENTICATED, status(() -> replies(chat("m", "a").build())).getCode());
        stub = stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(header("authorization", "Bearer open-sesame")));
        assertEquals(Status.Code.PERMISSION_DENIED, status(() -> replies(chat("endless", "a").build())).getCode());
        assertEquals(6, replies(chat("m", "a").build()).size());
        StatusRuntimeException limited = assertThrows(StatusRuntimeException.class, () -> replies(chat("m", "a").build()));
        assertEquals(Status.Code.RESOURCE_EXHAUSTED, limited.getStatus().getCode());
        long pushback = Long.parseLong(limited.getTrailers().get(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER)));
        assertTrue(pushback > 0 && pushback <= 60_000, "pushback of " + pushback + " ms");
        assertEquals("ali", answers.asked.remove().caller().name());
    }

    private static Metadata header(String name, String value) {
        Metadata headers = new Metadata();
        headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
        return headers;
    }
}
