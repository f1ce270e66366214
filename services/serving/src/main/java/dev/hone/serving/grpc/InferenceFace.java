package dev.hone.serving.grpc;

import com.google.protobuf.Message;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.serving.access.Guard;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Question;
import dev.hone.serving.request.Batch;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.EmbedReply;
import dev.hone.v1.EmbedRequest;
import dev.hone.v1.FeedbackReply;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.ListModelsReply;
import dev.hone.v1.ListModelsRequest;
import dev.hone.v1.ScoreReply;
import dev.hone.v1.ScoreRequest;
import dev.hone.v1.Vector;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hone's own service: checks requests and hands them on; nothing in it waits. */
public class InferenceFace extends InferenceGrpc.InferenceImplBase {
    private static final Logger LOG = LoggerFactory.getLogger(InferenceFace.class);

    private final Guard guard;
    private final Questions questions;

    /** @param mostTokens of an answer, whatever a request asks for */
    public InferenceFace(Guard guard, int mostTokens) {
        this.guard = guard;
        this.questions = new Questions(mostTokens);
    }

    @Override
    public void generate(GenerateRequest request, StreamObserver<GenerateReply> client) {
        Call call = Call.current();
        answer(request, client, call, caller -> questions.of(request, caller, call.lifetime().deadlineNanos()));
    }

    @Override
    public void chat(ChatRequest request, StreamObserver<GenerateReply> client) {
        Call call = Call.current();
        answer(request, client, call, caller -> questions.of(request, caller, call.lifetime().deadlineNanos()));
    }

    private void answer(Message request, StreamObserver<GenerateReply> client, Call call, Function<Caller, Question> question) {
        call.heard(client);
        ReplyStream replies = new ReplyStream((ServerCallStreamObserver<GenerateReply>) client, call);
        call.admitted(client, caller -> {
            check(request);
            replies.of(guard.ask(question.apply(caller), replies));
        });
    }

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreReply> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> {
            check(request);
            CompletableFuture<Answers.Scores> scores = guard.score(caller, request.getModel(), Questions.prompt(request.getContext()),
                    request.getContinuationsList().stream().map(Questions::prompt).toList(), call.lifetime().deadlineNanos());
            call.lifetime().whenAbandoned(() -> scores.cancel(true));
            call.reply(client, scores.thenApply(InferenceFace::reply));
        });
    }

    private static ScoreReply reply(Answers.Scores scores) {
        return ScoreReply.newBuilder().setRevision(scores.revision()).setContextTokens(scores.contextTokens())
                .addAllContinuations(scores.continuations().stream().map(Tokens::score).toList()).build();
    }

    @Override
    public void embed(EmbedRequest request, StreamObserver<EmbedReply> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> {
            check(request);
            CompletableFuture<List<Answers.Embedding>> vectors = Batch.each(request.getTextsList(),
                    text -> guard.embed(caller, request.getModel(), Questions.prompt(text), call.lifetime().deadlineNanos()));
            call.lifetime().whenAbandoned(() -> vectors.cancel(true));
            call.reply(client, vectors.thenApply(InferenceFace::reply));
        });
    }

    private static EmbedReply reply(List<Answers.Embedding> vectors) {
        EmbedReply.Builder reply = EmbedReply.newBuilder().setRevision(vectors.getFirst().revision())
                .setTokens(vectors.stream().mapToInt(Answers.Embedding::tokens).sum());
        for (Answers.Embedding one : vectors) {
            Vector.Builder vector = Vector.newBuilder();
            for (float value : one.vector()) {
                vector.addValues(value);
            }
            reply.addVectors(vector);
        }
        return reply.build();
    }

    @Override
    public void listModels(ListModelsRequest request, StreamObserver<ListModelsReply> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> call.reply(client,
                CompletableFuture.completedFuture(ListModelsReply.newBuilder().addAllModels(guard.models(caller)).build())));
    }

    @Override
    public void feedback(FeedbackRequest request, StreamObserver<FeedbackReply> client) {
        Call call = Call.current().heard(client);
        call.admitted(client, caller -> {
            check(request);
            call.reply(client, guard.feedback(caller, request).thenApply(id -> FeedbackReply.newBuilder().setEventId(id).build()));
        });
    }

    /** The rules of a message are compiled when it is first checked, which is too long for an event loop. */
    public static void compileRules() {
        for (Message message : List.of(ChatRequest.getDefaultInstance(), GenerateRequest.getDefaultInstance(), FeedbackRequest.getDefaultInstance(),
                ScoreRequest.getDefaultInstance(), EmbedRequest.getDefaultInstance())) {
            try {
                EventJson.check(message);
            } catch (InvalidEvent e) {
                LOG.debug("an empty message breaks its rules, as it should message={}", message.getDescriptorForType().getName());
            }
        }
    }

    private static void check(Message request) {
        try {
            EventJson.check(request);
        } catch (InvalidEvent e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException();
        }
    }
}
