package dev.hone.cli.load;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.load.Replicas.Replica;
import dev.hone.cli.local.Fleet;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Many streams against two replicas while revisions are deployed, tried, promoted and rolled back, and one replica is killed. */
@Command(name = "load", description = {"Ask two serving replicas on many streams, with random lengths, cancellations and deadlines, while ten deploys, two rollbacks and a replica's kill -9 happen.",
        "Every answer is compared with what its revision alone gives. Ends with 1 when a request failed that the kill does not explain, an answer was wrong, or memory grew."},
        footer = {"", "Example:", "  ./hone bench load --streams 200 --pause 6"})
public final class LoadBench implements Callable<Integer> {
    private static final int REPLICAS = 2;

    @Mixin private HomeOption home;

    @Option(names = "--streams", defaultValue = "200", description = "Requests at once.")
    private int streams;

    @Option(names = "--pause", defaultValue = "6", description = "Seconds between two steps; there are fourteen.")
    private int pause;

    @Option(names = "--tokens", defaultValue = "120", description = "Most tokens of an answer.")
    private int tokens;

    @Option(names = "--prompts", defaultValue = "12", description = "Different prompts.")
    private int prompts;

    @Option(names = "--threads", defaultValue = "0", description = "Threads that compute in each replica; 0: half of the processors.")
    private int threads;

    private final Terminal terminal = Terminal.standard();
    private final Expected expected = new Expected();
    private final Tally tally = new Tally();
    private final MemoryWatch memory = new MemoryWatch();
    private final AtomicBoolean goOn = new AtomicBoolean(true);

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path scratch = Files.createTempDirectory("hone-load-");
        try (Fleet fleet = Fleet.start(new Home(home.home().checkout(), scratch.resolve("home")), REPLICAS, settings(), terminal::line);
                Replicas replicas = new Replicas(); Registry registry = new Registry(fleet.endpoints(), replicas)) {
            Map<String, DeployedRevision> revisions = Script.revisions(new Revisions(fleet.endpoints(), home.home().checkout(), scratch));
            registry.first(Script.MERGED, revisions.get(Script.FIRST_MERGED));
            registry.first(Script.SHARED, revisions.get(Script.FIRST_SHARED));
            fleet.grow();
            for (int i = 0; i < REPLICAS; i++) {
                replicas.join(i, fleet.port(i));
            }
            learn(registry, replicas, revisions);
            LoadReport report = load(fleet, replicas, registry, new Script(registry, revisions, fleet, replicas, terminal::line));
            terminal.line("");
            terminal.lines(report.lines());
            return report.holds() ? 0 : Failure.FAILED;
        } finally {
            delete(scratch);
        }
    }

    private Map<String, String> settings() {
        int each = threads > 0 ? threads : Math.max(1, Runtime.getRuntime().availableProcessors() / REPLICAS);
        return Map.of("HONE_SERVING_ENGINE_THREADS", String.valueOf(each), "HONE_SERVING_ENGINE_CACHE_MIB", "256", "HONE_SERVING_WAITING_ANSWERS", String.valueOf(2 * streams),
                "HONE_SERVING_ANSWER_ID_SECRET", "the load test's own secret");
    }

    /** Each revision in turn, deployed under the name that it has later, and one request at a time. */
    private void learn(Registry registry, Replicas replicas, Map<String, DeployedRevision> revisions) throws InterruptedException {
        terminal.line("Asking each of " + revisions.size() + " revisions alone ...");
        for (Map.Entry<String, DeployedRevision> revision : revisions.entrySet()) {
            String model = revision.getKey().startsWith("m") ? Script.MERGED : Script.SHARED;
            registry.first(model, revision.getValue());
            registry.converged(model);
            Replica replica = replicas.up().getFirst();
            for (Prompt prompt : Prompt.some(prompts)) {
                expected.learn(revision.getKey(), prompt, replica.stub(0).withDeadlineAfter(5, TimeUnit.MINUTES).generate(prompt.request(model, tokens)));
            }
        }
        requireDifferences(new ArrayList<>(revisions.keySet()));
        registry.first(Script.MERGED, revisions.get(Script.FIRST_MERGED));
        registry.first(Script.SHARED, revisions.get(Script.FIRST_SHARED));
        for (String model : Script.models()) {
            registry.converged(model);
        }
    }

    private void requireDifferences(List<String> revisions) {
        for (String one : revisions) {
            for (String other : revisions) {
                if (!one.equals(other) && !expected.tellsApart(one, other)) {
                    throw new Failure("Expected " + one + " and " + other + " to answer most prompts differently, found that they do not: a mixture could not be seen.");
                }
            }
        }
    }

    private LoadReport load(Fleet fleet, Replicas replicas, Registry registry, Script script) throws IOException, InterruptedException {
        terminal.line(streams + " streams ask on.");
        long began = System.nanoTime();
        Thread watch = Thread.ofPlatform().daemon().start(() -> watch(fleet, replicas));
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < streams; i++) {
                clients.submit(new Asker(i, replicas, Script.models(), Prompt.some(prompts), expected, tally, tokens, goOn::get));
            }
            try {
                script.play(Duration.ofSeconds(pause));
            } finally {
                goOn.set(false);
            }
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        watch.interrupt();
        watch.join();
        return new LoadReport(tally, memory, script.deployedAt(), seconds);
    }

    /** Of processes that take requests: what one holds while it starts says nothing of what it will hold. */
    private void watch(Fleet fleet, Replicas replicas) {
        try {
            for (;;) {
                for (Replica replica : replicas.up()) {
                    memory.look("replica " + (replica.number() + 1), fleet.pid(replica.number()));
                }
                Thread.sleep(1000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
