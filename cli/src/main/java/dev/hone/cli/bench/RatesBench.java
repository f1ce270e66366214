package dev.hone.cli.bench;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.local.Stack;
import dev.hone.cli.local.StackOptions;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.cli.submit.IngestClient;
import dev.hone.events.Cause;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.DatasetReady;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import dev.hone.v1.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How many events a service takes, and what each costs it. A busy machine halves the first figure and hardly moves the
 * second, so that a plan is better made with CPU seconds: events per second and core are its inverse.
 */
@Command(name = "rates", description = "Send many events to a stack of its own, and print what the services make of them: per second, per CPU second, and their memory.",
        footer = {"", "Example:", "  ./hone bench rates --events 50000 --partitions 3"})
final class RatesBench implements Callable<Integer> {
    private static final String DATASET_ROW = "{\"prompt\":\"Question %d of %d: how do I reset the phone that I bought last year?\",\"completion\":\"Answer %d: hold the two buttons for ten seconds.\"}";

    @Mixin private HomeOption home;

    @Option(names = "--events", defaultValue = "20000", description = "Events of feedback.")
    private int events;

    @Option(names = "--models", defaultValue = "100", description = "Models that feedback is given on.")
    private int models;

    @Option(names = "--partitions", defaultValue = "3", description = "Partitions of the topic feedback.")
    private int partitions;

    @Option(names = "--datasets", defaultValue = "20", description = "Datasets of 100 rows, and of 10,000 a tenth of that.")
    private int datasets;

    @Option(names = "--plans", defaultValue = "200", description = "Datasets announced to the planner.")
    private int plans;

    private final Table table = Table.ofFigures("what", "count", "seconds", "a second", "CPU ms each", "a CPU second", "memory before", "after");

    @Override
    public Integer call() throws IOException, InterruptedException {
        // Corrections that make no dataset, so that only the keeping is measured; and no run that takes a core away.
        Map<String, String> settings = Map.of("HONE_INGEST_FEEDBACK_MIN_COUNT", "1000000", "HONE_INGEST_FEEDBACK_MAX_COUNT", "1000000", "HONE_INGEST_INBOX_POLL", "off");
        try (Scratch scratch = Scratch.make();
                Stack stack = Stack.start(new Home(home.home().checkout(), scratch.folder()), StackOptions.onFreePorts(settings), text -> { });
                Lag lag = new Lag(stack.endpoints().broker());
                EventPublisher others = new EventPublisher(stack.endpoints().broker(), Topic.Writers.OTHERS)) {
            widen(stack.endpoints());
            measure(stack, "feedback warming up", "ingest", events / 4, () -> feedback(others, lag, "warm", events / 4));
            measure(stack, "feedback kept, " + partitions + " partitions", "ingest", events, () -> feedback(others, lag, "measured", events));
            DatasetReady ready = datasets(stack, scratch.folder());
            measure(stack, "dataset.ready planned", "trainer", plans, () -> plans(others, lag, ready));
        }
        Terminal.standard().lines(table.lines());
        return 0;
    }

    private interface Work {
        void done() throws IOException, InterruptedException;
    }

    private void measure(Stack stack, String what, String service, int count, Work work) throws IOException, InterruptedException {
        long pid = stack.processes().stream().filter(process -> process.name().equals(service)).findFirst().orElseThrow().pid();
        ProcessUse before = ProcessUse.of(pid);
        long start = System.nanoTime();
        work.done();
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessUse after = ProcessUse.of(pid);
        Duration cpu = after.cpu().minus(before.cpu());
        double each = cpu.toMillis() / (double) count;
        table.row(what, Figures.whole(count), Figures.decimal(seconds, 1), Figures.decimal(count / seconds, 1), Figures.decimal(each, 3),
                each > 0 ? Figures.whole(Math.round(1000 / each)) : "", Figures.bytes(before.resident()), Figures.bytes(after.resident()));
    }

    private void widen(Endpoints endpoints) {
        try (Admin admin = Admin.create(endpoints.broker().admin())) {
            if (partitions > 1) {
                admin.createPartitions(Map.of(Topic.FEEDBACK.topicName(), NewPartitions.increaseTo(partitions)));
            }
        }
    }

    /** One in ten a correction, two in ten bad, the others good; about 600 bytes of JSON each. */
    private void feedback(EventPublisher others, Lag lag, String round, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            FeedbackGiven.Builder given = FeedbackGiven.newBuilder().setModelName("model-" + i % models).setVerdict(i % 10 < 3 ? "bad" : "good")
                    .addPrompt(FeedbackMessage.newBuilder().setRole("user").setContent("Question " + i + ": " + "how do I reset the phone? ".repeat(8)))
                    .setAnswer("Hold the two buttons for ten seconds. ".repeat(6));
            if (i % 10 == 0) {
                given.setCorrection("Hold power and volume down.");
            }
            others.publishLater(Topic.FEEDBACK, given.build(), Cause.outside("bench/" + round), String.valueOf(i));
        }
        lag.awaitNone("ingest", Topic.FEEDBACK.topicName());
    }

    private DatasetReady datasets(Stack stack, Path folder) throws IOException, InterruptedException {
        IngestClient client = new IngestClient(stack.endpoints().url("ingest"));
        measure(stack, "datasets of 100 rows", "ingest", datasets, () -> send(client, folder, datasets, 100));
        measure(stack, "datasets of 10,000 rows", "ingest", Math.max(1, datasets / 10), () -> send(client, folder, Math.max(1, datasets / 10), 10_000));
        ArtifactRef nowhere = ArtifactRef.newBuilder().setManifest(ArtifactLayout.manifest(ArtifactLayout.dataset("dplanned"))).setSha256("0".repeat(64)).build();
        return DatasetReady.newBuilder().setModelName("planned").setDataset(nowhere).setBaseModel("hone-nano").setDatasetId("dplanned").setTrainRows(100).setMaxRowTokens(60)
                .setRowKind("chat").build();
    }

    private static void send(IngestClient client, Path folder, int count, int rows) throws IOException, InterruptedException {
        for (int i = 0; i < count; i++) {
            int number = i;
            Path file = Files.writeString(folder.resolve("rows-" + rows + "-" + i + ".jsonl"),
                    IntStream.range(0, rows).mapToObj(row -> DATASET_ROW.formatted(row, number, row)).collect(Collectors.joining("\n")));
            client.send(new IngestClient.Submission(file, "bench", "hone-nano", Map.of(), new RecipeBuilder().set("max_steps=1").build()));
        }
    }

    /** Each of them a run of its own, by its seed. */
    private void plans(EventPublisher others, Lag lag, DatasetReady ready) throws InterruptedException {
        for (int i = 0; i < plans; i++) {
            Recipe.Builder recipe = Recipe.newBuilder();
            recipe.getTrainingBuilder().setSeed(i);
            others.publishLater(Topic.DATASET_READY, ready.toBuilder().setRecipe(recipe).build(), Cause.outside("bench/plan"), String.valueOf(i));
        }
        lag.awaitNone("trainer", Topic.DATASET_READY.topicName());
    }
}
