package dev.hone.serving.feedback;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Cause;
import dev.hone.events.Event;
import dev.hone.events.EventIds;
import dev.hone.events.Topic;
import dev.hone.llm.text.ChatMessage;
import dev.hone.serving.answer.Refusal;
import dev.hone.serving.answer.ServingObserver;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.FakeModels;
import dev.hone.serving.registry.Lease;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.serving.registry.Records;
import dev.hone.serving.registry.RegistryListener;
import dev.hone.serving.registry.SharedLoader;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackRequest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FeedbackDeskTest {
    private static final Clock CLOCK = Clock.fixed(Records.NOW, ZoneOffset.UTC);

    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor();
    private final FakeModels store = new FakeModels();
    private final AnswerMemory memory = new AnswerMemory(1000);
    private final AnswerIds ids = AnswerIds.of("0123456789abcdef", CLOCK);
    private final List<FeedbackGiven> written = new ArrayList<>();
    private boolean brokerAway;
    private ModelRegistry registry;
    private FeedbackDesk desk;
    private String id;

    @BeforeEach
    void rememberAnAnswer() throws Exception {
        RegistryListener deaf = new RegistryListener() {
            @Override
            public void unservable(Event<Deploy> record, String revision, String reason, Throwable cause) {}

            @Override
            public void failedTrial(Event<Deploy> record, String reason) {}
        };
        AdapterCache adapters = new AdapterCache(store, Runnable::run, new AdapterCache.Limits(1, 1), new AdapterCache.Observer() {});
        registry = new ModelRegistry(new SharedLoader(store, adapters, ServingObserver.NONE), background, deaf, ServingObserver.NONE);
        Event<Deploy> record = Records.trial("support", Records.model("r1").toBuilder().setBaseModel("hone-nano")
                .setDataset(ArtifactRef.newBuilder().setManifest("datasets/d1/manifest.json")).build(), Records.model("r2"), 100, 0);
        registry.replay(Map.of("support", record));
        background.submit(() -> {}).get(10, TimeUnit.SECONDS);
        desk = new FeedbackDesk(registry, ids, memory, this::write);
        id = ids.next("support", "r1");
        memory.remember(new AnswerMemory.Answer(id, List.of(new ChatMessage("user", "How long is the warranty?")), "One year."));
    }

    @AfterEach
    void stop() {
        background.shutdownNow();
    }

    private void write(FeedbackGiven feedback, Cause cause) {
        if (brokerAway) {
            throw new IllegalStateException("no broker");
        }
        written.add(feedback);
    }

    private FeedbackRequest.Builder request() {
        return FeedbackRequest.newBuilder().setModel("support").setAnswerId(id);
    }

    private Refusal refusal(FeedbackRequest.Builder request) {
        return assertThrows(Refusal.class, () -> desk.accept(request.build()));
    }

    @Test
    void givenTheAnswersIdAlone_whenCorrected_thenTheEventHoldsConversationAnswerAndDataset() throws Exception {
        String event = desk.accept(request().setVerdict("bad").setCorrection("Two years.").setRating(2).addTags("warranty").build());

        FeedbackGiven feedback = written.getFirst();
        assertEquals("How long is the warranty?", feedback.getPrompt(0).getContent());
        assertEquals("One year.", feedback.getAnswer());
        assertEquals("Two years.", feedback.getCorrection());
        assertEquals(2, feedback.getRating());
        assertEquals(List.of("warranty"), feedback.getTagsList());
        assertEquals("r1", feedback.getRevision());
        assertEquals("hone-nano", feedback.getBaseModel());
        assertEquals("datasets/d1/manifest.json", feedback.getDataset().getManifest());
        assertEquals(EventIds.idOf("feedback/" + id + "/correction+rating+tags+verdict", Topic.FEEDBACK.type(), "support"), event);
    }

    @Test
    void givenAForgedId_whenFeedbackComes_thenItIsRefusedAndNothingIsWritten() {
        assertEquals(Refusal.Code.NOT_FOUND, refusal(request().setAnswerId("5f3c2b1a-8d7e-5c4b-9a60-1b2c3d4e5f60").setVerdict("good")).code());
        assertEquals(Refusal.Code.NOT_FOUND, refusal(request().setAnswerId(id.replace(":r1", ":r2")).setVerdict("good")).code());
        assertEquals(Refusal.Code.INVALID_ARGUMENT, refusal(FeedbackRequest.newBuilder().setModel("support").setVerdict("good")).code());
        assertEquals(List.of(), written);
    }

    @Test
    void givenAnotherReplicasAnswer_whenOnlyAVerdictComes_thenItIsTakenAndACorrectionNeedsTheConversation() throws Exception {
        String elsewhere = ids.next("support", "r1");
        desk.accept(request().setAnswerId(elsewhere).setVerdict("good").build());
        assertEquals(0, written.getFirst().getPromptCount());

        Refusal refused = refusal(request().setAnswerId(elsewhere).setCorrection("Two years."));
        assertEquals(Refusal.Code.NOT_FOUND, refused.code());
        assertTrue(refused.getMessage().contains("Send the conversation in messages"), refused.getMessage());
        desk.accept(request().setAnswerId(elsewhere).setCorrection("Two years.")
                .addMessages(dev.hone.v1.ChatMessage.newBuilder().setRole("user").setContent("How long?")).build());
        assertEquals("How long?", written.getLast().getPrompt(0).getContent());
    }

    @Test
    void givenTheSameOpinionTwice_whenSent_thenOneEventIsWrittenAndItsIdGivenAgain() throws Exception {
        String first = desk.accept(request().setVerdict("good").build());
        assertEquals(first, desk.accept(request().setVerdict("good").build()));
        assertEquals(1, written.size());
    }

    @Test
    void givenAnotherOpinionOfTheSameKind_whenSent_thenItIsRefusedAndOtherKindsAreNot() throws Exception {
        String first = desk.accept(request().setVerdict("good").build());
        Refusal refused = refusal(request().setVerdict("bad"));
        assertEquals(Refusal.Code.ALREADY_EXISTS, refused.code());
        assertTrue(refused.getMessage().contains("has its verdict already"), refused.getMessage());
        assertEquals(Refusal.Code.ALREADY_EXISTS, refusal(request().setVerdict("good").setComment("and more")).code());

        assertNotEquals(first, desk.accept(request().setRating(5).build()));
        assertEquals(2, written.size());
    }

    @Test
    void givenAnOpinionTakenByAnotherReplica_whenItIsHeardOf_thenThisOneKnowsIt() throws Exception {
        FeedbackDesk other = new FeedbackDesk(registry, ids, memory, this::write);
        String first = other.accept(request().setVerdict("good").build());
        desk.heard(new Event<>(first, Topic.FEEDBACK.type(), "hone/serving", "support", "", "", Records.NOW, "", written.getFirst()));

        assertEquals(first, desk.accept(request().setVerdict("good").build()));
        assertEquals(Refusal.Code.ALREADY_EXISTS, refusal(request().setVerdict("bad")).code());
        assertEquals(1, written.size());
    }

    @Test
    void givenTheBrokerIsAway_whenFeedbackComes_thenItIsUnavailableAndCanBeSentAgain() throws Exception {
        brokerAway = true;
        assertEquals(Refusal.Code.UNAVAILABLE, refusal(request().setVerdict("good")).code());
        brokerAway = false;
        desk.accept(request().setVerdict("good").build());
        assertEquals(1, written.size());
    }

    @Test
    void givenNothingIsSaid_whenFeedbackComes_thenItIsInvalid() {
        assertEquals(Refusal.Code.INVALID_ARGUMENT, refusal(request()).code());
    }

    @Test
    void givenAnotherModelsAnswer_whenFeedbackComes_thenItIsInvalid() {
        assertEquals("Answer " + id + " was given by model \"support\", not by \"sales\".", refusal(request().setModel("sales").setVerdict("good")).getMessage());
    }

    @Test
    void givenBadVerdictsOnACandidatesAnswers_whenTheyAreHeard_thenItsTrialEndsAndForgedOnesDoNotCount() throws Exception {
        String forged = AnswerIds.ofThisProcess(CLOCK).next("support", "r2");
        for (int i = 0; i < 5; i++) {
            hear(forged, "bad");
        }
        assertEquals("r2", answering());
        hear(ids.next("support", "r2"), "bad");
        hear(ids.next("support", "r2"), "bad");
        assertEquals("r1", answering());
        assertFalse(registry.list().getFirst().getRevisions(1).getMessage().isEmpty());
    }

    private String answering() throws Refusal {
        try (Lease lease = registry.lease("support", "c")) {
            return lease.revision().label();
        }
    }

    private void hear(String answer, String verdict) {
        FeedbackGiven feedback = FeedbackGiven.newBuilder().setModelName("support").setAnswerId(answer).setVerdict(verdict).build();
        desk.heard(new Event<>("e-" + answer, Topic.FEEDBACK.type(), "hone/serving", "support", "", "", Instant.EPOCH, "", feedback));
    }
}
