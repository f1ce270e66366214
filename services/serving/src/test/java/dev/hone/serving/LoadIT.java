package dev.hone.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.events.Deployments;
import dev.hone.testkit.Await;
import dev.hone.testkit.HoneTestResource;
import dev.hone.v1.Deploy;
import dev.hone.v1.FinishReason;
import dev.hone.v1.GenerateReply;
import dev.hone.v1.GenerateRequest;
import dev.hone.v1.InferenceGrpc;
import dev.hone.v1.Sampling;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The small sister of {@code ./hone bench load}: one replica, forty streams, three deploys and a rollback. */
@QuarkusTest
@QuarkusTestResource(HoneTestResource.class)
@QuarkusTestResource(DeployedBeforeStart.class)
class LoadIT {
    private static final String MODEL = "loaded";
    private static final int STREAMS = 40;
    private static final int PROMPTS = 6;
    private static final int TOKENS = 40;
    private static final int ANSWERS_PER_REVISION = 40;

    @TestHTTPResource("/")
    URL service;

    private Client client;
    /** By revision and prompt: what the revision answers when nobody else asks. */
    private final Map<String, String> alone = new HashMap<>();
    private final Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();

    @BeforeEach
    void connect() {
        client = new Client(service.getPort());
    }

    @AfterEach
    void disconnect() throws InterruptedException {
        client.close();
    }

    @Test
    void givenManyStreams_whenRevisionsComeAndGo_thenNoneFailsAndEachAnswerIsOneRevisionsOwn() throws Exception {
        Deploy[] revisions = new Deploy[4];
        for (int r = 0; r < revisions.length; r++) {
            revisions[r] = TinyModels.published(MODEL, "load-" + r);
            deployed(revisions[r]);
            for (int prompt = 0; prompt < PROMPTS; prompt++) {
                alone.put(key("load-" + r, prompt), text(client.stub().withDeadlineAfter(60, TimeUnit.SECONDS).generate(request(prompt, TOKENS))));
            }
        }
        assertNotEquals(alone.get(key("load-0", 0)), alone.get(key("load-1", 0)), "revisions must differ for a mixture to be seen");
        deployed(revisions[0]);
        AtomicBoolean goOn = new AtomicBoolean(true);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < STREAMS; i++) {
                Random random = new Random(i);
                clients.submit(() -> {
                    while (goOn.get() && faults.isEmpty()) {
                        one(random);
                    }
                });
            }
            try {
                Deploy now = revisions[0];
                for (int r = 1; r < revisions.length; r++) {
                    now = Deployments.replaced(now, Deployments.stable(revisions[r]), "load");
                    deployed(now);
                    answered(now.getRevision());
                }
                int before = answers.get("load-2").get();
                deployed(Deployments.rolledBack(now, "load"));
                answered("load-2", before + ANSWERS_PER_REVISION);
            } finally {
                goOn.set(false);
            }
        }
        assertEquals(List.of(), List.copyOf(faults));
        assertTrue(left.get() > 0 && late.get() > 0, left + " left, " + late + " late: the load must hold both");
        assertEquals(Set.of("load-1", "load-2", "load-3"), withoutFirst());
    }

    /** The first revision may have answered, too, before the second came. */
    private Set<String> withoutFirst() {
        Set<String> revisions = new TreeSet<>(answers.keySet());
        revisions.remove("load-0");
        return revisions;
    }

    private void deployed(Deploy deploy) {
        TinyModels.deploy(deploy);
        client.awaitModel(MODEL, model -> model.getState().equals("serving") && model.getRevision().equals(deploy.getRevision()));
    }

    private void answered(String revision) {
        answered(revision, ANSWERS_PER_REVISION);
    }

    private void answered(String revision, int count) {
        Await.until(count + " answers of " + revision, Duration.ofSeconds(60),
                () -> !faults.isEmpty() || answers.containsKey(revision) && answers.get(revision).get() >= count);
    }

    private static String key(String revision, int prompt) {
        return revision + "/" + prompt;
    }

    private static GenerateRequest request(int prompt, int tokens) {
        return GenerateRequest.newBuilder().setModel(MODEL).setPrompt("How do I reset phone " + "and settings ".repeat(prompt))
                .setSampling(Sampling.newBuilder().setTemperature(prompt % 3).setSeed(prompt).setMaxTokens(tokens)).build();
    }

    private static String text(Iterator<GenerateReply> pieces) {
        StringBuilder text = new StringBuilder();
        pieces.forEachRemaining(piece -> text.append(piece.getText()));
        return text.toString();
    }

    private void one(Random random) {
        int prompt = random.nextInt(PROMPTS);
        int tokens = 1 + random.nextInt(TOKENS);
        int manner = random.nextInt(10);
        boolean leaves = manner == 0;
        boolean hurries = manner == 1;
        StringBuilder text = new StringBuilder();
        Set<String> revisions = new TreeSet<>();
        Context.CancellableContext call = Context.current().withCancellation();
        Context before = call.attach();
        try {
            Iterator<GenerateReply> pieces = InferenceGrpc.newBlockingStub(client.channel())
                    .withDeadlineAfter(hurries ? 1 + random.nextInt(30) : 60_000, TimeUnit.MILLISECONDS).generate(request(prompt, tokens));
            GenerateReply last = GenerateReply.getDefaultInstance();
            while (pieces.hasNext()) {
                last = pieces.next();
                revisions.add(last.getRevision());
                text.append(last.getText());
                if (leaves && last.getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED) {
                    call.cancel(null);
                }
            }
            check(revisions, prompt, text.toString());
            if (last.getFinishReason() == FinishReason.FINISH_REASON_UNSPECIFIED || last.getFinishReason() == FinishReason.FINISH_REASON_LENGTH && last.getUsage().getCompletionTokens() != tokens) {
                faults.add("ended with " + last.getFinishReason() + " after " + last.getUsage().getCompletionTokens() + " of " + tokens);
            }
            answers.computeIfAbsent(last.getRevision(), r -> new AtomicInteger()).incrementAndGet();
        } catch (StatusRuntimeException e) {
            check(revisions, prompt, text.toString());
            count(e.getStatus(), leaves, hurries);
        } finally {
            call.detach(before);
            call.cancel(null);
        }
    }

    private void count(Status status, boolean leaves, boolean hurries) {
        if (leaves && status.getCode() == Status.Code.CANCELLED) {
            left.incrementAndGet();
        } else if (hurries && status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
            late.incrementAndGet();
        } else {
            faults.add(status.toString());
        }
    }

    /** The beginning of what the one revision alone gives; half a character at the end may still become another. */
    private void check(Set<String> revisions, int prompt, String text) {
        String certain = text.replaceFirst("\uFFFD+$", "");
        if (revisions.size() > 1 || revisions.stream().anyMatch(revision -> !alone.getOrDefault(key(revision, prompt), "").startsWith(certain))) {
            faults.add(revisions + " answered prompt " + prompt + " otherwise than alone: " + text + " / " + alone.get(key(revisions.iterator().next(), prompt)));
        }
    }
}
