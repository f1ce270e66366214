package dev.hone.serving.feedback;

import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventIds;
import dev.hone.events.EventJson;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import dev.hone.serving.answer.Opinions;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.serving.registry.Revision;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import dev.hone.v1.FeedbackRequest;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what a user says of an answer into an event, once; and hears on the topic what was said elsewhere. */
public final class FeedbackDesk implements Opinions {
    private static final Logger LOG = LoggerFactory.getLogger(FeedbackDesk.class);
    private static final int ANSWERS_WITH_FEEDBACK = 100_000;

    /** Writes an event and waits until the broker has it. */
    @FunctionalInterface
    public interface Writer {
        /** @throws RuntimeException when the broker does not take it */
        void write(FeedbackGiven feedback, Cause cause);
    }

    private final ModelRegistry registry;
    private final AnswerIds ids;
    private final AnswerMemory memory;
    private final Writer writer;
    private final Once once = new Once(ANSWERS_WITH_FEEDBACK);

    public FeedbackDesk(ModelRegistry registry, AnswerIds ids, AnswerMemory memory, Writer writer) {
        this.registry = registry;
        this.ids = ids;
        this.memory = memory;
        this.writer = writer;
    }

    @Override
    public String accept(FeedbackRequest request) throws Refusal {
        AnswerIds.Given answer = given(request);
        FeedbackGiven feedback = event(request, answer);
        Said said = new Said(feedback);
        Set<String> kinds = said.kinds();
        if (kinds.isEmpty()) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, "Expected a verdict, a rating, a correction, a comment or tags, found none of them.");
        }
        Cause cause = Cause.outside("feedback/" + answer.id() + "/" + String.join("+", kinds));
        String id = EventIds.idOf(cause.id(), Topic.FEEDBACK.type(), answer.model());
        if (once.take(answer.id(), kinds, id, said.content())) {
            write(feedback, cause, id);
        }
        return id;
    }

    private void write(FeedbackGiven feedback, Cause cause, String id) throws Refusal {
        try {
            writer.write(feedback, cause);
        } catch (RuntimeException e) {
            once.release(feedback.getAnswerId(), id);
            LOG.error("feedback not written model={} answerId={}", feedback.getModelName(), feedback.getAnswerId(), e);
            throw new Refusal(Refusal.Code.UNAVAILABLE, "The feedback could not be written: " + e.getMessage() + ". Send it again.");
        }
    }

    private AnswerIds.Given given(FeedbackRequest request) throws Refusal {
        if (request.getAnswerId().isEmpty()) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, "Expected the id of the answer that is spoken of, found none. It is in every piece of an answer.", "answer_id");
        }
        AnswerIds.Given given = ids.verified(request.getAnswerId()).orElseThrow(() -> new Refusal(Refusal.Code.NOT_FOUND,
                "Expected the id of an answer that this service gave, found another: " + request.getAnswerId() + ".", "answer_id"));
        if (!given.model().equals(request.getModel())) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, "Answer " + given.id() + " was given by model \"" + given.model() + "\", not by \"" + request.getModel() + "\".", "model");
        }
        return given;
    }

    private FeedbackGiven event(FeedbackRequest request, AnswerIds.Given answer) throws Refusal {
        Optional<AnswerMemory.Answer> remembered = memory.recall(answer.id());
        List<FeedbackMessage> prompt = request.getMessagesCount() > 0
                ? request.getMessagesList().stream().map(message -> message(message.getRole(), message.getContent())).toList()
                : remembered.map(known -> known.prompt().stream().map(message -> message(message.role(), message.content())).toList()).orElse(List.of());
        if (prompt.isEmpty() && !request.getCorrection().isEmpty()) {
            throw new Refusal(Refusal.Code.NOT_FOUND, "This replica does not remember answer " + answer.id()
                    + ": it is too old, or another replica gave it. Send the conversation in messages and the answer in answer.", "messages");
        }
        FeedbackGiven.Builder feedback = FeedbackGiven.newBuilder().setModelName(answer.model()).setRevision(answer.revision()).setAnswerId(answer.id())
                .addAllPrompt(prompt).setAnswer(request.getAnswer().isEmpty() ? remembered.map(AnswerMemory.Answer::text).orElse("") : request.getAnswer())
                .setVerdict(request.getVerdict()).setCorrection(request.getCorrection()).setComment(request.getComment()).addAllTags(request.getTagsList());
        if (request.hasRating()) {
            feedback.setRating(request.getRating());
        }
        registry.described(answer.model(), answer.revision()).ifPresent(revision -> describe(feedback, revision));
        return checked(feedback.build());
    }

    private static FeedbackMessage message(String role, String content) {
        return FeedbackMessage.newBuilder().setRole(role).setContent(content).build();
    }

    private static void describe(FeedbackGiven.Builder feedback, Revision revision) {
        feedback.setBaseModel(revision.parts().getBaseModel());
        if (revision.parts().hasDataset()) {
            feedback.setDataset(revision.parts().getDataset());
        }
    }

    private static FeedbackGiven checked(FeedbackGiven feedback) throws Refusal {
        try {
            EventJson.check(feedback);
            return feedback;
        } catch (InvalidEvent e) {
            throw new Refusal(Refusal.Code.INVALID_ARGUMENT, e.getMessage());
        }
    }

    /** An event on the topic, whoever wrote it. Only a signed id counts: others may say what they like of answers of their own. */
    public void heard(Event<FeedbackGiven> event) {
        FeedbackGiven feedback = event.data();
        ids.verified(feedback.getAnswerId()).filter(answer -> answer.model().equals(feedback.getModelName())).ifPresent(answer -> {
            Said said = new Said(feedback);
            once.learn(answer.id(), said.kinds(), event.id(), said.content());
            said.isGood().ifPresent(good -> registry.judged(answer.model(), answer.revision(), answer.id(), answer.at(), good));
        });
    }
}
