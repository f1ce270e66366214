package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.ArtifactRef;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.Deploy;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackRequest;
import io.grpc.Status;
import io.grpc.StatusException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeedbackDeskTest {
    private static final Deploy DEPLOY = Deploy.newBuilder().setModelName("support").setRevision("r1").setBaseModel("hone-nano")
            .setDataset(ArtifactRef.newBuilder().setManifest("datasets/d1/manifest.json")).build();

    private final AnswerMemory memory = new AnswerMemory(1000);
    private final FeedbackDesk desk = new FeedbackDesk(null, memory, null);

    @BeforeEach
    void rememberAnAnswer() {
        memory.remember(new AnswerMemory.Answer("a1", DEPLOY, List.of(message("user", "How long is the warranty?")), "One year."));
    }

    private static ChatMessage message(String role, String content) {
        return ChatMessage.newBuilder().setRole(role).setContent(content).build();
    }

    private StatusException refusal(FeedbackRequest.Builder request) {
        return assertThrows(StatusException.class, () -> desk.feedback(request.build()));
    }

    @Test
    void givenTheAnswersIdAlone_whenCorrected_thenTheEventHoldsConversationAnswerAndDataset() throws Exception {
        FeedbackGiven feedback = desk.feedback(FeedbackRequest.newBuilder().setModel("support").setAnswerId("a1").setVerdict("bad").setCorrection("Two years.").build());

        assertEquals("How long is the warranty?", feedback.getPrompt(0).getContent());
        assertEquals("One year.", feedback.getAnswer());
        assertEquals("Two years.", feedback.getCorrection());
        assertEquals("r1", feedback.getRevision());
        assertEquals("hone-nano", feedback.getBaseModel());
        assertEquals("datasets/d1/manifest.json", feedback.getDataset().getManifest());
    }

    @Test
    void givenAForgottenAnswer_whenOnlyItsIdComes_thenTheRefusalSaysWhatToSend() {
        StatusException refused = refusal(FeedbackRequest.newBuilder().setModel("support").setAnswerId("gone").setVerdict("good"));

        assertEquals(Status.Code.NOT_FOUND, refused.getStatus().getCode());
        assertTrue(refused.getStatus().getDescription().contains("Send the conversation in messages"));
    }

    @Test
    void givenNothingIsSaid_whenFeedbackComes_thenItIsInvalid() {
        assertEquals(Status.Code.INVALID_ARGUMENT, refusal(FeedbackRequest.newBuilder().setModel("support").setAnswerId("a1")).getStatus().getCode());
    }

    @Test
    void givenNeitherIdNorConversation_whenFeedbackComes_thenItIsInvalid() {
        assertEquals(Status.Code.INVALID_ARGUMENT, refusal(FeedbackRequest.newBuilder().setModel("support").setVerdict("good")).getStatus().getCode());
    }

    @Test
    void givenAnotherModelsAnswer_whenFeedbackComes_thenItIsInvalid() {
        StatusException refused = refusal(FeedbackRequest.newBuilder().setModel("sales").setAnswerId("a1").setVerdict("good"));

        assertEquals("Answer a1 was given by model \"support\", not by \"sales\".", refused.getStatus().getDescription());
    }
}
