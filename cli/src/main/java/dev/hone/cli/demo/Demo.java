package dev.hone.cli.demo;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.chat.Answer;
import dev.hone.cli.chat.InferenceClient;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.console.Wrapped;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.models.Deployments;
import dev.hone.cli.run.Follower;
import dev.hone.cli.run.Outcome;
import dev.hone.cli.run.Run;
import dev.hone.cli.run.RunBoard;
import dev.hone.cli.run.RunView;
import dev.hone.cli.submit.IngestClient;
import dev.hone.cli.submit.Receipt;
import dev.hone.v1.ChatMessage;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.FeedbackRequest;
import dev.hone.v1.Sampling;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The story, told with a running stack. */
final class Demo {
    private static final String BASE = "hone-nano";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /** Greedy, and long enough for every answer of the shop. */
    private static final Sampling SAMPLING = Sampling.newBuilder().setMaxTokens(80).build();

    private final Endpoints endpoints;
    private final Subject subject;
    private final String model;
    private final Examples examples;
    private final Terminal terminal;
    private final Clock clock;

    Demo(Endpoints endpoints, Subject subject, Examples examples, Terminal terminal, Clock clock) {
        this.endpoints = endpoints;
        this.subject = subject;
        this.model = subject.model();
        this.examples = examples;
        this.terminal = terminal;
        this.clock = clock;
    }

    /** @throws Failure when a run is not deployed, or the corrected answer does not appear */
    void run() throws IOException, InterruptedException {
        deployBase();
        try (InferenceClient client = InferenceClient.of(endpoints); Follower follower = new Follower(endpoints, terminal)) {
            Run first = train(follower);
            Deployments.awaitServing(client, BASE, Deployments.BASE_REVISION, PATIENCE);
            Deployments.awaitServing(client, model, first.id(), PATIENCE);
            compare(client);
            String before = object(client);
            Run second = learn(follower, first);
            Deployments.awaitServing(client, model, second.id(), PATIENCE);
            conclude(client, before);
        }
    }

    private void deployBase() throws IOException {
        ArtifactStore store = ArtifactStore.connect(endpoints.store().config(), "others");
        Deployments.deployBase(endpoints, BASE, store.ref(ArtifactLayout.baseModel(BASE)).orElseThrow(
                () -> new Failure("Expected the base model " + BASE + " in models/ of the checkout, found none with weights.")));
    }

    private Run train(Follower follower) throws InterruptedException {
        clock.step("Fine-tuning " + BASE + " on examples/" + examples.dataset().getFileName());
        Receipt receipt = new IngestClient(endpoints.url("ingest")).send(
                new IngestClient.Submission(examples.dataset(), model, BASE, Map.of(), subject.recipe()));
        terminal.lines(receipt.lines());
        return deployed(follower, board -> board.causedBy(receipt.causeOfRun()));
    }

    private Run deployed(Follower follower, Function<RunBoard, Optional<Run>> which) {
        Run run = follower.untilEnd(which);
        run.evaluated().ifPresent(event -> terminal.lines(RunView.scores(event)));
        Outcome outcome = run.outcome().orElseThrow();
        if (!(outcome instanceof Outcome.Deployed)) {
            throw new Failure("Expected run " + run.id() + " to be deployed, found that it " + RunView.reason(outcome));
        }
        return run;
    }

    private void compare(InferenceClient client) {
        clock.step("The same questions, in words that are not in the dataset");
        for (String question : examples.questions()) {
            terminal.line("");
            terminal.line(terminal.bold("  " + question));
            say("base", ask(client, BASE, question).text());
            say("fine-tuned", ask(client, model, question).text());
        }
    }

    /** Says over gRPC what the shop wants answered from now on. @return what it answered until now */
    private String object(InferenceClient client) {
        Examples.Correction first = examples.corrections().getFirst();
        clock.step("An answer that is no longer right: " + first.question());
        Answer before = ask(client, model, first.question());
        say("answer", before.text());
        say("correction", first.correction());
        List<FeedbackRequest> all = new ArrayList<>(List.of(request(first).setAnswerId(before.id()).setAnswer(before.text()).build()));
        examples.corrections().stream().skip(1).forEach(correction -> all.add(request(correction).setAnswerId(ask(client, model, correction.question()).id()).build()));
        // One after the other, so that they become one dataset where fewer would do for a version, too.
        all.forEach(client::feedback);
        terminal.line("  " + examples.corrections().size() + " users said so; their corrections become the next dataset version.");
        return before.text();
    }

    private FeedbackRequest.Builder request(Examples.Correction correction) {
        return FeedbackRequest.newBuilder().setModel(model).addMessages(user(correction.question())).setVerdict("bad")
                .setCorrection(correction.correction()).setComment(correction.comment());
    }

    private Run learn(Follower follower, Run first) {
        clock.step("The next version");
        DatasetReady grown = follower.await(board -> board.grownFrom(first.datasetId(), model), PATIENCE,
                "Expected the feedback to become a dataset within " + PATIENCE.toMinutes() + " minutes, found none. What ingest logged says why.");
        return deployed(follower, board -> board.ofDataset(grown.getDatasetId()));
    }

    private void conclude(InferenceClient client, String before) {
        Examples.Correction first = examples.corrections().getFirst();
        clock.step("Asked again: " + first.question());
        String now = ask(client, model, first.question()).text();
        say("before", before);
        say("now", now);
        if (!plain(now).equals(plain(first.correction()))) {
            throw new Failure("Expected the corrected answer \"" + first.correction() + "\", found \"" + now + "\".");
        }
    }

    private static Answer ask(InferenceClient client, String model, String question) {
        return client.chat(model, List.of(user(question)), SAMPLING, piece -> { });
    }

    private static ChatMessage user(String text) {
        return ChatMessage.newBuilder().setRole("user").setContent(text).build();
    }

    private void say(String who, String text) {
        String lead = "    " + who + " ".repeat(Math.max(1, 12 - who.length()));
        terminal.lines(Wrapped.lines(lead, plain(text), terminal.columns()));
    }

    private static String plain(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }
}
