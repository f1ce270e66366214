package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Deployments;
import dev.hone.serving.feedback.AnswerIds;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneServers;
import dev.hone.testkit.HoneTestResource;
import dev.hone.testkit.KafkaProbe;
import dev.hone.v1.CanaryBounds;
import dev.hone.v1.Candidate;
import dev.hone.v1.ChatRequest;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.ServedModel;
import dev.hone.v1.ServedRevision;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.net.URL;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Revisions on trial, going back, and adapters that come and go, by nothing but deploy events. */
@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@TestProfile(SmallCache.class)
class RevisionsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TestHTTPResource("/")
    URL service;

    private Client client;

    @BeforeEach
    void connect() {
        client = new Client(service.getPort());
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        client.close();
    }

    private String revision(String model, String conversation) {
        return answer(model, conversation).last().getRevision();
    }

    private Client.Answer answer(String model, String conversation) {
        return client.ask(chat(model, conversation));
    }

    private static ChatRequest chat(String model, String conversation) {
        return Client.chat(model, "How do I reset my smartphone?", Client.greedy(6)).toBuilder().setConversationId(conversation).build();
    }

    private void awaitRole(String model, String role, String revision) {
        client.awaitModel(model, served -> served.getRevisionsList().stream()
                .anyMatch(one -> one.getRole().equals(role) && one.getRevision().equals(revision) && one.getState().equals("serving")));
    }

    private static Deploy stable(String model, String revision) {
        return TinyModels.published(model, revision);
    }

    private static DeployedRevision parts(String model, String revision) {
        return Deployments.stable(TinyModels.published(model, revision));
    }

    private static Deploy trial(Deploy stable, DeployedRevision candidate, int percent) {
        CanaryBounds bounds = CanaryBounds.newBuilder().setMinGoodShare(0.6).setMinSamples(3).build();
        return Deployments.tried(stable, Candidate.newBuilder().setRevision(candidate).setPercent(percent).setBounds(bounds).build(), "a test");
    }

    @Test
    void givenACandidateOnHalfOfTheTraffic_whenPromotedAndRolledBack_thenEachConversationIsAnsweredAsTheLastRecordSays() {
        Deploy tried = trial(stable("canary", "c1"), parts("canary", "c2"), 50);
        TinyModels.deploy(tried);
        awaitRole("canary", "candidate", "c2");

        Map<String, String> first = new HashMap<>();
        for (int i = 0; i < 16; i++) {
            first.put("talk-" + i, revision("canary", "talk-" + i));
        }
        assertEquals(new TreeSet<>(List.of("c1", "c2")), new TreeSet<>(first.values()));
        first.forEach((conversation, revision) -> assertEquals(revision, revision("canary", conversation)));

        Deploy promoted = Deployments.promoted(tried, "it did well");
        TinyModels.deploy(promoted);
        awaitRole("canary", "stable", "c2");
        first.keySet().forEach(conversation -> assertEquals("c2", revision("canary", conversation)));

        TinyModels.deploy(Deployments.rolledBack(promoted, "it did not"));
        awaitRole("canary", "stable", "c1");
        assertEquals("c1", revision("canary", "talk-0"));
        assertTrue(client.model("canary").orElseThrow().getRevisionsList().stream().anyMatch(one -> one.getRole().equals("previous") && one.getRevision().equals("c2")));
    }

    @Test
    void givenACandidateUsersDislike_whenItFallsBelowItsBound_thenItIsWithdrawnByAnEventThatSaysWhy() {
        TinyModels.deploy(trial(stable("disliked", "d1"), parts("disliked", "d2"), 100));
        awaitRole("disliked", "candidate", "d2");

        for (int i = 0; i < 3; i++) {
            Client.Answer answer = answer("disliked", "talk-" + i);
            assertEquals("d2", answer.last().getRevision());
            client.stub().feedback(FeedbackRequest.newBuilder().setModel("disliked").setAnswerId(answer.last().getAnswerId()).setVerdict("bad").build());
        }

        Await.until("traffic on d1 again", PATIENCE, () -> revision("disliked", "talk-0").equals("d1"));
        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            ConsumerRecord<String, byte[]> withdrawal = probe.await("deploy", PATIENCE, record -> "disliked".equals(record.key()) && KafkaProbe.text(record).contains("is withdrawn"));
            assertTrue(!KafkaProbe.text(withdrawal).contains("\"candidate\""), KafkaProbe.text(withdrawal));
            assertEquals("hone/serving", KafkaProbe.header(withdrawal, "ce_source"));
            ConsumerRecord<String, byte[]> failed = probe.await("run.failed", PATIENCE, record -> "d2".equals(record.key()));
            assertTrue(KafkaProbe.text(failed).contains("candidate_below_bounds") && KafkaProbe.text(failed).contains("found 0 of 3"), KafkaProbe.text(failed));
        }
        client.awaitModel("disliked", served -> served.getRevisionsList().stream().noneMatch(one -> one.getRole().equals("candidate")));
    }

    @Test
    void givenMoreAdaptersThanThereIsRoomFor_whenEachIsAsked_thenTheyComeAndGoAndThePinnedOneStays() {
        TinyModels.base("tinybase");
        TinyModels.deploy(Deployments.of("pinned", TinyModels.adapter("tinybase", "p1").toBuilder().setWeights("unmerged").setPinned(true).build()));
        List<String> names = List.of("adapter-a", "adapter-b", "adapter-c");
        names.forEach(name -> TinyModels.deploy(Deployments.of(name, TinyModels.adapter("tinybase", name).toBuilder().setWeights("unmerged").build())));
        names.forEach(name -> awaitRole(name, "stable", name));
        awaitRole("pinned", "stable", "p1");

        Map<String, String> first = new HashMap<>();
        names.forEach(name -> first.put(name, answer(name, "talk").text()));
        assertEquals(3, new TreeSet<>(first.values()).size(), "adapters that answer alike cannot be told apart");

        Await.until("no more than two adapters in memory", PATIENCE, () -> loaded().size() <= 2);
        assertTrue(loaded().contains("pinned"), loaded().toString());
        names.forEach(name -> assertEquals(first.get(name), answer(name, "talk").text(), name));
        ServedRevision one = client.model("adapter-a").orElseThrow().getRevisions(0);
        assertEquals("unmerged", one.getWeights());
        assertEquals("adapters/adapter-a/manifest.json", one.getAdapter());
    }

    private List<String> loaded() {
        List<String> loaded = new ArrayList<>();
        for (ServedModel model : client.stub().listModels(dev.hone.v1.ListModelsRequest.getDefaultInstance()).getModelsList()) {
            if (model.getRevisionsList().stream().anyMatch(ServedRevision::getAdapterLoaded)) {
                loaded.add(model.getName());
            }
        }
        return loaded;
    }

    @Test
    void givenASingleAdapter_whenDeployed_thenItIsMergedIntoItsBase() {
        TinyModels.base("lonelybase");
        TinyModels.deploy(Deployments.of("lonely", TinyModels.adapter("lonelybase", "l1")));
        awaitRole("lonely", "stable", "l1");

        assertEquals("merged", client.model("lonely").orElseThrow().getRevisions(0).getWeights());
        assertEquals("l1", revision("lonely", "talk"));
    }

    @Test
    void givenAnswerIds_whenTheyAreForgedOrAnotherReplicasOrSpokenOfTwice_thenOnlyThisServicesCountAndOnce() {
        TinyModels.deploy(stable("spoken", "s1"));
        awaitRole("spoken", "stable", "s1");
        String id = answer("spoken", "talk").last().getAnswerId();

        assertEquals(Status.Code.NOT_FOUND, codeOf(id.replace(":s1", ":s2"), "good"));
        assertEquals(Status.Code.NOT_FOUND, codeOf(AnswerIds.ofThisProcess(Clock.systemUTC()).next("spoken", "s1"), "good"));
        String event = give(id, "good");
        assertEquals(event, give(id, "good"));
        assertEquals(Status.Code.ALREADY_EXISTS, codeOf(id, "bad"));

        String elsewhere = AnswerIds.of(SmallCache.SECRET, Clock.systemUTC()).next("spoken", "s1");
        assertNotEquals(event, give(elsewhere, "bad"));
    }

    private String give(String id, String verdict) {
        return client.stub().withDeadlineAfter(30, TimeUnit.SECONDS)
                .feedback(FeedbackRequest.newBuilder().setModel("spoken").setAnswerId(id).setVerdict(verdict).build()).getEventId();
    }

    private Status.Code codeOf(String id, String verdict) {
        return assertThrows(StatusRuntimeException.class, () -> give(id, verdict)).getStatus().getCode();
    }

    @Test
    void givenARecordThatNamesNothingToServe_whenItArrives_thenItIsPutAside() {
        try (KafkaProbe probe = new KafkaProbe(HoneServers.start().bootstrapServers())) {
            probe.send("deploy", "nothing", "{\"model_name\":\"nothing\",\"revision\":\"n1\"}");
            ConsumerRecord<String, byte[]> dead = probe.await("dlq.serving", PATIENCE, record -> "nothing".equals(record.key()));
            assertEquals("invalid_deploy", KafkaProbe.header(dead, "hone_error_code"));
        }
    }
}
