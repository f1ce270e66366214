package dev.hone.cli.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.chaos.fault.Tape;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.home.Home;
import dev.hone.cli.local.Stack;
import dev.hone.cli.local.StackOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What the submissions come to when nothing disturbs them.
 *
 * @param outcomes by the model's name
 * @param weights  SHA-256 of adapters and models, by key
 * @param took     from the first submission to the last end
 */
record Undisturbed(Map<String, String> outcomes, Map<String, String> weights, Duration took) {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** @throws Failure when it does not come to an end within {@code limit} */
    static Undisturbed run(Home home, Workload workload, Map<String, String> settings, Duration limit, ProgressLine progress) throws IOException, InterruptedException {
        try (Stack stack = Stack.start(home, StackOptions.onFreePorts(settings), text -> { });
                Tape tape = new Tape(stack.endpoints().broker(), Watched.topics())) {
            long began = System.nanoTime();
            Sender sender = new Sender(stack.endpoints().url("ingest"));
            for (Workload.Item item : workload.items()) {
                sender.send(item);
            }
            Map<String, String> outcomes = ended(tape, sender, workload, began, limit, progress);
            Duration took = Duration.ofNanos(System.nanoTime() - began);
            ArtifactStore store = ArtifactStore.connect(stack.endpoints().store().config(), "others");
            return new Undisturbed(outcomes, Stored.of(store, home.storeData().resolve(stack.endpoints().store().bucket())).weights(), took);
        }
    }

    /** What a former run wrote down, if there was one. */
    static Optional<Undisturbed> read(Path file) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        Kept kept = JSON.readValue(file.toFile(), Kept.class);
        return Optional.of(new Undisturbed(kept.outcomes(), kept.weights(), Duration.ofSeconds(kept.seconds())));
    }

    void write(Path file) throws IOException {
        JSON.writeValue(file.toFile(), new Kept(outcomes, weights, took.toSeconds()));
    }

    private record Kept(Map<String, String> outcomes, Map<String, String> weights, long seconds) {}

    private static Map<String, String> ended(Tape tape, Sender sender, Workload workload, long began, Duration limit, ProgressLine progress) throws InterruptedException {
        for (;;) {
            Map<String, Optional<String>> outcomes = Watched.outcomes(tape, sender.sent());
            long ended = Watched.ended(outcomes);
            Duration passed = Duration.ofNanos(System.nanoTime() - began);
            progress.paint("undisturbed: " + ended + " of " + workload.items().size() + " submissions ended, " + Figures.duration(passed), false);
            if (ended == workload.items().size()) {
                Map<String, String> all = new TreeMap<>();
                outcomes.forEach((model, outcome) -> all.put(model, outcome.orElseThrow()));
                return all;
            }
            if (passed.compareTo(limit) > 0) {
                throw new Failure("Expected the undisturbed run to end within " + limit.toMinutes() + " minutes, found " + outcomes + ". Give it more time (--time-limit) or fewer datasets.");
            }
            Thread.sleep(LOOK);
        }
    }
}
