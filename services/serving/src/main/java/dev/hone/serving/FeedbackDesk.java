package dev.hone.serving;

import dev.hone.artifacts.Hashes;
import dev.hone.events.Cause;
import dev.hone.events.EventPublisher;
import dev.hone.events.InvalidEvent;
import dev.hone.events.EventJson;
import dev.hone.events.Topic;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.Deploy;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import dev.hone.v1.FeedbackReply;
import dev.hone.v1.FeedbackRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import java.util.Optional;

/** Turns what a user says of an answer into an event that holds all that the next dataset needs. */
final class FeedbackDesk {
    private final ModelRegistry registry;
    private final AnswerMemory memory;
    private final EventPublisher publisher;

    FeedbackDesk(ModelRegistry registry, AnswerMemory memory, EventPublisher publisher) {
        this.registry = registry;
        this.memory = memory;
        this.publisher = publisher;
    }

    /** Writes the event and waits for the broker to have it. The same feedback again gives the same event id. */
    FeedbackReply accept(FeedbackRequest request) throws StatusException {
        FeedbackGiven feedback = feedback(request);
        String name = "feedback/" + feedback.getAnswerId() + "/" + Hashes.sha256(request.toByteArray());
        return FeedbackReply.newBuilder().setEventId(publisher.publish(Topic.FEEDBACK, feedback, Cause.outside(name)).id()).build();
    }

    FeedbackGiven feedback(FeedbackRequest request) throws StatusException {
        if (request.getVerdict().isEmpty() && request.getCorrection().isEmpty() && request.getComment().isEmpty()) {
            throw refusal(Status.INVALID_ARGUMENT, "Expected a verdict, a correction or a comment, found none of them.");
        }
        Optional<AnswerMemory.Answer> remembered = memory.recall(request.getAnswerId());
        if (remembered.isEmpty() && request.getMessagesCount() == 0) {
            throw refusal(request.getAnswerId().isEmpty() ? Status.INVALID_ARGUMENT : Status.NOT_FOUND, request.getAnswerId().isEmpty()
                    ? "Expected the answer's id, or the conversation in messages, found neither."
                    : "This replica does not remember answer " + request.getAnswerId() + ": it is too old, or another replica gave it. Send the conversation in messages and the answer in answer.");
        }
        Deploy deploy = remembered.isPresent() ? remembered.get().deploy() : deployed(request.getModel());
        if (!deploy.getModelName().equals(request.getModel())) {
            throw refusal(Status.INVALID_ARGUMENT, "Answer " + request.getAnswerId() + " was given by model \"" + deploy.getModelName() + "\", not by \"" + request.getModel() + "\".");
        }
        List<ChatMessage> prompt = request.getMessagesCount() > 0 ? request.getMessagesList() : remembered.get().prompt();
        String answer = request.getAnswer().isEmpty() ? remembered.map(AnswerMemory.Answer::text).orElse("") : request.getAnswer();
        return checked(event(request, deploy, prompt, answer));
    }

    private Deploy deployed(String model) throws StatusException {
        try (ServedRevision.Lease lease = registry.lease(model)) {
            return lease.deploy();
        }
    }

    private static FeedbackGiven event(FeedbackRequest request, Deploy deploy, List<ChatMessage> prompt, String answer) {
        FeedbackGiven.Builder feedback = FeedbackGiven.newBuilder().setModelName(deploy.getModelName()).setRevision(deploy.getRevision())
                .setAnswerId(request.getAnswerId()).setAnswer(answer).setVerdict(request.getVerdict())
                .setCorrection(request.getCorrection()).setComment(request.getComment()).setBaseModel(deploy.getBaseModel());
        prompt.forEach(message -> feedback.addPrompt(FeedbackMessage.newBuilder().setRole(message.getRole()).setContent(message.getContent())));
        if (deploy.hasDataset()) {
            feedback.setDataset(deploy.getDataset());
        }
        return feedback.build();
    }

    private static FeedbackGiven checked(FeedbackGiven feedback) throws StatusException {
        try {
            EventJson.check(feedback);
            return feedback;
        } catch (InvalidEvent e) {
            throw refusal(Status.INVALID_ARGUMENT, e.getMessage());
        }
    }

    private static StatusException refusal(Status status, String sentence) {
        return status.withDescription(sentence).asException();
    }
}
