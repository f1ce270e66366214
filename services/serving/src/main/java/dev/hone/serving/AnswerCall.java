package dev.hone.serving;

import dev.hone.llm.generate.Completion;
import dev.hone.llm.generate.Sampling;
import dev.hone.llm.text.ChatTemplateException;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.Usage;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One answer on its way to one client. Created on the thread that received the request, run on one of the pool's.
 *
 * <p>It does not wait for a slow reader: an answer's text is small and bounded, a thread of the pool is not.
 */
final class AnswerCall implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(AnswerCall.class);

    /** What the client asked for. @param conversation what feedback on the answer will quote */
    record Question(String model, Sampling sampling, List<ChatMessage> conversation, Function<TextModel, int[]> tokens) {}

    private final Question question;
    private final ServerCallStreamObserver<GenerateReply> client;
    private final ServingDesk desk;
    private final CallLifetime lifetime = CallLifetime.current();
    private final String id = UUID.randomUUID().toString();
    private final long received = System.nanoTime();
    private boolean saidAnything;

    AnswerCall(Question question, ServerCallStreamObserver<GenerateReply> client, ServingDesk desk) {
        this.question = question;
        this.client = client;
        this.desk = desk;
        client.setOnCancelHandler(lifetime::abandon);
    }

    @Override
    public void run() {
        try (ServedRevision.Lease lease = desk.registry().lease(question.model())) {
            answer(lease);
        } catch (StatusException e) {
            refuse(e.getStatus());
        } catch (RuntimeException | Error e) {
            if (lifetime.isAbandoned()) {
                // a piece may have been on its way to a stream that closed under it
                refuse(Status.CANCELLED);
                return;
            }
            LOG.error("answer failed model={} answerId={}", question.model(), id, e);
            refuse(Status.INTERNAL.withDescription("The answer failed because of a bug; the service's log names it under answer " + id + "."));
        }
    }

    private void answer(ServedRevision.Lease lease) throws StatusException {
        requireInTime();
        int[] prompt = prompt(lease.model());
        Completion completion = lease.model().answer(prompt, question.sampling(), text -> say(lease, text), this::isOver);
        desk.memory().remember(new AnswerMemory.Answer(id, lease.deploy(), question.conversation(), completion.text()));
        desk.metrics().tokens(question.model(), completion.promptTokens(), completion.completionTokens());
        if (completion.finish() == dev.hone.llm.generate.FinishReason.CANCELLED) {
            requireInTime();
        }
        close(lease, completion);
    }

    private int[] prompt(TextModel model) throws StatusException {
        int[] prompt;
        try {
            prompt = question.tokens().apply(model);
        } catch (ChatTemplateException | IllegalArgumentException e) {
            throw Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asException();
        }
        if (prompt.length == 0 || prompt.length >= model.contextLength()) {
            throw Status.INVALID_ARGUMENT.withDescription("Expected a prompt of 1 to " + (model.contextLength() - 1)
                    + " tokens, as the model reads " + model.contextLength() + " with its answer; found " + prompt.length + ".").asException();
        }
        return prompt;
    }

    private boolean isOver() {
        return lifetime.isAbandoned() || lifetime.isExpired() || desk.pool().stopping();
    }

    private void requireInTime() throws StatusException {
        if (lifetime.isAbandoned()) {
            throw Status.CANCELLED.asException();
        }
        if (lifetime.isExpired()) {
            throw Status.DEADLINE_EXCEEDED.withDescription("The answer was not complete by the deadline.").asException();
        }
        if (desk.pool().stopping()) {
            throw Status.UNAVAILABLE.withDescription("This replica is stopping. Ask again.").asException();
        }
    }

    private void say(ServedRevision.Lease lease, String text) {
        if (!saidAnything) {
            saidAnything = true;
            desk.metrics().firstToken(question.model(), Duration.ofNanos(System.nanoTime() - received));
        }
        client.onNext(piece(lease).setText(text).build());
    }

    private GenerateReply.Builder piece(ServedRevision.Lease lease) {
        return GenerateReply.newBuilder().setAnswerId(id).setRevision(lease.deploy().getRevision());
    }

    private void close(ServedRevision.Lease lease, Completion completion) {
        client.onNext(piece(lease).setFinishReason(reason(completion))
                .setUsage(Usage.newBuilder().setPromptTokens(completion.promptTokens()).setCompletionTokens(completion.completionTokens())).build());
        client.onCompleted();
        desk.metrics().answered(question.model(), Status.Code.OK);
    }

    private static FinishReason reason(Completion completion) {
        return completion.finish() == dev.hone.llm.generate.FinishReason.STOP ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH;
    }

    private void refuse(Status status) {
        desk.metrics().answered(question.model(), status.getCode());
        if (!lifetime.isAbandoned()) {
            client.onError(status.asException());
        }
    }
}
