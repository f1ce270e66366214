package dev.hone.cli.chaos;

import dev.hone.cli.chat.InferenceClient;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Endpoints;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.Sampling;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A user who asks and says what the answers were worth, again and again. An opinion that serving did not take is sent
 * again until it is, so none is given up. Corrections are not among them: they would become datasets that nobody expects.
 */
final class Opinions implements AutoCloseable {
    private static final Duration BETWEEN = Duration.ofSeconds(3);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final Endpoints endpoints;
    private final Thread thread;
    private final List<String> taken = new ArrayList<>();
    private final Set<String> untaken = new LinkedHashSet<>();
    private volatile boolean asking = true;

    Opinions(Endpoints endpoints) {
        this.endpoints = endpoints;
        this.thread = Thread.ofPlatform().daemon().name("opinions").start(this::run);
    }

    /** Ids of the events that serving said it had written. */
    synchronized List<String> taken() {
        return List.copyOf(taken);
    }

    /** Answers whose feedback serving has not taken yet. */
    synchronized List<String> untaken() {
        return List.copyOf(untaken);
    }

    /** Asks no more; what was not taken yet goes on being sent. */
    void finish() {
        asking = false;
    }

    private void run() {
        try (InferenceClient client = InferenceClient.of(endpoints)) {
            for (int i = 0; asking; i++) {
                round(client, "How do I turn the volume down? (" + i + ")");
                Thread.sleep(BETWEEN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void round(InferenceClient client, String question) throws InterruptedException {
        ChatMessage message = ChatMessage.newBuilder().setRole("user").setContent(question).build();
        String answer;
        try {
            answer = client.chat(Workload.base(), List.of(message), Sampling.newBuilder().setMaxTokens(4).build(), piece -> { }).id();
        } catch (Failure e) {
            return;
        }
        keep(answer);
        FeedbackRequest request = FeedbackRequest.newBuilder().setModel(Workload.base()).setAnswerId(answer).addMessages(message).setVerdict("good").build();
        while (!isTaken(client, answer, request)) {
            Thread.sleep(PAUSE);
        }
    }

    private synchronized void keep(String answer) {
        untaken.add(answer);
    }

    private boolean isTaken(InferenceClient client, String answer, FeedbackRequest request) {
        String event;
        try {
            event = client.feedback(request);
        } catch (Failure e) {
            return false;
        }
        synchronized (this) {
            untaken.remove(answer);
            taken.add(event);
        }
        return true;
    }

    @Override
    public void close() {
        asking = false;
        thread.interrupt();
    }
}
