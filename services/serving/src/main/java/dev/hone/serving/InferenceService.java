package dev.hone.serving;

import com.google.protobuf.Message;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.FeedbackReply;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsReply;
import dev.hone.v1.ListModelsRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.quarkus.grpc.GrpcService;
import jakarta.inject.Inject;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The gRPC face: checks requests on the event loop and hands the work to threads that may block. */
@GrpcService
class InferenceService extends InferenceGrpc.InferenceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceService.class);

    private final ServingDesk desk;
    private final FeedbackDesk feedback;
    private final SamplingRules sampling;

    @Inject
    InferenceService(ServingDesk desk, FeedbackDesk feedback, ServingConfig config) {
        this.desk = desk;
        this.feedback = feedback;
        this.sampling = new SamplingRules(config.serving().maxAnswerTokens());
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateReply> client) {
        answer(request, request.getModel(), client, () -> new AnswerCall.Question(request.getModel(), sampling.of(request.getSampling()),
                List.of(ChatMessage.newBuilder().setRole("user").setContent(request.getPrompt()).build()),
                model -> model.tokens(request.getPrompt())));
    }

    @Override
    public void chat(ChatRequest request, StreamObserver<GenerateReply> client) {
        answer(request, request.getModel(), client, () -> new AnswerCall.Question(request.getModel(), sampling.of(request.getSampling()),
                request.getMessagesList(), model -> model.tokens(conversation(request.getMessagesList()))));
    }

    private static List<dev.hone.llm.text.ChatMessage> conversation(List<ChatMessage> messages) {
        return messages.stream().map(message -> new dev.hone.llm.text.ChatMessage(message.getRole(), message.getContent())).toList();
    }

    private interface Questioner {
        AnswerCall.Question ask();
    }

    private void answer(Message request, String model, StreamObserver<GenerateReply> client, Questioner questioner) {
        try {
            check(request);
            desk.registry().requireServed(model);
            AnswerCall call = new AnswerCall(questioner.ask(), (ServerCallStreamObserver<GenerateReply>) client, desk);
            if (!desk.pool().offer(call)) {
                throw Status.RESOURCE_EXHAUSTED.withDescription("Too many answers wait for their turn here. Try again later, or add replicas.").asException();
            }
        } catch (StatusException e) {
            desk.metrics().answered(e.getStatus().getCode() == Status.Code.RESOURCE_EXHAUSTED ? model : ServingMetrics.UNKNOWN_MODEL, e.getStatus().getCode());
            client.onError(e);
        }
    }

    /** The rules of a message are compiled when it is first checked, which is too long for an event loop. */
    static void compileRules() {
        for (Message message : List.of(ChatRequest.getDefaultInstance(), GenerateRequest.getDefaultInstance(), FeedbackRequest.getDefaultInstance())) {
            try {
                EventJson.check(message);
            } catch (InvalidEvent e) {
                LOG.debug("an empty message breaks its rules, as it should message={}", message.getDescriptorForType().getName());
            }
        }
    }

    private static void check(Message request) throws StatusException {
        try {
            EventJson.check(request);
        } catch (InvalidEvent e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException();
        }
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsReply> client) {
        client.onNext(ListModelsReply.newBuilder().addAllModels(desk.registry().list()).build());
        client.onCompleted();
    }

    /** On a thread of its own, because it waits for the broker and answers may occupy the pool for long. */
    @Override
    public void feedback(FeedbackRequest request, StreamObserver<FeedbackReply> client) {
        Thread.ofVirtual().name("feedback").start(() -> {
            try {
                check(request);
                client.onNext(feedback.accept(request));
                client.onCompleted();
            } catch (StatusException e) {
                client.onError(e);
            } catch (RuntimeException e) {
                LOG.error("feedback not written model={} answerId={}", request.getModel(), request.getAnswerId(), e);
                client.onError(Status.UNAVAILABLE.withDescription("The feedback could not be written: " + e.getMessage() + ". Send it again.").asException());
            }
        });
    }
}
