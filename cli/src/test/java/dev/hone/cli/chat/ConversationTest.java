package dev.hone.cli.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FeedbackReply;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ResponseFormat;
import dev.hone.v1.Sampling;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over gRPC, against a service that repeats what it hears in pieces. */
class ConversationTest {
    private static final ChatRequest HOW = ChatRequest.newBuilder().setModel("support").setSampling(Sampling.newBuilder().setMinP(0.5f))
            .setResponseFormat(ResponseFormat.newBuilder().setRegex("echo .*")).build();

    private final List<ChatRequest> asked = new CopyOnWriteArrayList<>();
    private final List<FeedbackRequest> judged = new CopyOnWriteArrayList<>();
    private Server server;
    private InferenceClient client;

    @BeforeEach
    void start() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0)).addService(new Echo()).build().start();
        client = new InferenceClient("127.0.0.1", server.getPort());
    }

    @AfterEach
    void stop() {
        client.close();
        server.shutdownNow();
    }

    @Test
    void givenTwoQuestions_whenTheSecondIsAsked_thenTheModelKnowsTheFirst() throws IOException {
        String shown = talk("one\ntwo\n/quit\nthree\n");
        assertTrue(shown.contains("echo one") && shown.contains("echo two") && !shown.contains("three"), shown);
        assertEquals(List.of("user one", "assistant echo one", "user two"), said(asked.getLast()));
    }

    @Test
    void givenAConversation_whenAsked_thenEachRequestSaysHowAndNamesTheSameConversationAndTheRevisionIsToldOnce() throws IOException {
        String shown = talk("one\ntwo\n");
        assertEquals("echo .*", asked.getFirst().getResponseFormat().getRegex());
        assertEquals(0.5f, asked.getLast().getSampling().getMinP());
        assertTrue(!asked.getFirst().getConversationId().isEmpty());
        assertEquals(asked.getFirst().getConversationId(), asked.getLast().getConversationId());
        assertEquals(1, shown.lines().filter(line -> line.contains("[revision r1]")).count(), shown);
    }

    @Test
    void givenANewStart_whenAsked_thenNothingIsRemembered() throws IOException {
        talk("one\n/new\ntwo\n");
        assertEquals(List.of("user two"), said(asked.getLast()));
    }

    @Test
    void givenACorrection_whenGiven_thenItGoesWithTheAnswersIdAndWhatWasAsked() throws IOException {
        talk("one\n/correct the right answer\n");
        FeedbackRequest feedback = judged.getFirst();
        assertEquals("bad", feedback.getVerdict());
        assertEquals("the right answer", feedback.getCorrection());
        assertEquals("answer-1", feedback.getAnswerId());
        assertEquals("echo one", feedback.getAnswer());
        assertEquals("one", feedback.getMessages(0).getContent());
    }

    @Test
    void givenAnErrorOfServing_whenTalking_thenItIsASentenceAndTheTalkGoesOn() throws IOException {
        String shown = talk("unknown\n/good\nback again\n");
        assertTrue(shown.contains("Deployed are: support."), shown);
        assertTrue(shown.contains("no answer to judge"), shown);
        assertTrue(shown.contains("echo back again"), shown);
    }

    @Test
    void givenServingThatIsAway_whenAsked_thenTheFailureSaysSo() {
        server.shutdownNow();
        Failure failure = assertThrows(Failure.class, () -> client.models());
        assertTrue(failure.getMessage().startsWith("Serving"), failure.getMessage());
    }

    private String talk(String input) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(new PrintStream(out, true, StandardCharsets.UTF_8), false, 80);
        new Conversation(client, HOW, List.of(), terminal).run(new BufferedReader(new StringReader(input)));
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<String> said(ChatRequest request) {
        return request.getMessagesList().stream().map(message -> message.getRole() + " " + message.getContent()).toList();
    }

    private final class Echo extends InferenceGrpc.InferenceImplBase {
        @Override
        public void chat(ChatRequest request, StreamObserver<GenerateReply> reply) {
            String question = request.getMessages(request.getMessagesCount() - 1).getContent();
            if (question.equals("unknown")) {
                reply.onError(Status.NOT_FOUND.withDescription("Deployed are: support.").asRuntimeException());
                return;
            }
            asked.add(request);
            String id = "answer-" + asked.size();
            reply.onNext(GenerateReply.newBuilder().setAnswerId(id).setRevision("r1").setText("echo ").build());
            reply.onNext(GenerateReply.newBuilder().setAnswerId(id).setRevision("r1").setText(question).setFinishReason(FinishReason.FINISH_REASON_STOP).build());
            reply.onCompleted();
        }

        @Override
        public void feedback(FeedbackRequest request, StreamObserver<FeedbackReply> reply) {
            judged.add(request);
            reply.onNext(FeedbackReply.newBuilder().setEventId("e").build());
            reply.onCompleted();
        }
    }
}
