package dev.hone.cli.demo;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.local.Stack;
import dev.hone.cli.local.StackOptions;
import dev.hone.cli.models.BaseModels;
import dev.hone.cli.models.Deployments;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** From nothing to a corrected model, and everything stopped again. */
@Command(name = "demo", description = {"Show the whole way once: start everything, fine-tune hone-nano on a phone shop's support answers, ask base and",
        "fine-tuned model the same questions, correct an answer, and watch the next version learn it. Starts afresh each time,",
        "in a folder and on ports of its own; with --cluster in a stack that runs on Kubernetes, under a model name of its own, which",
        "it withdraws at the end."},
        footer = {"", "Examples:", "  ./hone demo", "  ./hone demo --keep     (then, in another terminal: ./hone chat support --home .hone/demo)",
                "  ./hone demo --cluster  (in a pod of the cluster; skaffold verify does that)"})
public final class DemoCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Option(names = "--keep", description = "Leave it running at the end, until Ctrl-C; on a cluster, the model deployed.")
    private boolean keep;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Optional<Endpoints> cluster = home.onCluster();
        return cluster.isPresent() ? onCluster(cluster.get()) : onThisMachine();
    }

    private int onCluster(Endpoints cluster) throws IOException, InterruptedException {
        Terminal terminal = Terminal.standard();
        Path checkout = home.home().checkout();
        Clock clock = new Clock(terminal);
        clock.step("Putting the base model into the cluster's store, where it is not there yet");
        BaseModels.seed(ArtifactStore.connect(cluster.store().config(), "others"), checkout.resolve("models"));
        Subject subject = Subject.among();
        try {
            new Demo(cluster, subject, Examples.load(checkout.resolve("examples")), terminal, clock).run();
        } finally {
            if (!keep) {
                Deployments.withdraw(cluster, subject.model());
            }
        }
        clock.total();
        return 0;
    }

    private int onThisMachine() throws IOException, InterruptedException {
        Terminal terminal = Terminal.standard();
        Home place = home.home();
        Home own = new Home(place.checkout(), place.folder().resolve("demo"));
        Examples examples = Examples.load(place.checkout().resolve("examples"));
        wipe(own);
        Clock clock = new Clock(terminal);
        clock.step("Starting Kafka, the object store and five services");
        try (Stack stack = Stack.start(own, options(examples), text -> terminal.line("  " + terminal.dim(text)))) {
            new Demo(stack.endpoints(), Subject.alone(), examples, terminal, clock).run();
            clock.total();
            if (keep) {
                terminal.line("Still running in " + own.folder() + ". Try: ./hone chat support --home " + own.folder() + "   Ctrl-C stops it.");
                stack.awaitEnd();
            }
            terminal.line("Stopping ...");
        }
        return 0;
    }

    /** The demonstration's few corrections are enough for a new version; a real shop would wait for more. */
    private static StackOptions options(Examples examples) {
        return StackOptions.onFreePorts(Map.of("HONE_INGEST_FEEDBACK_MIN_COUNT", String.valueOf(examples.corrections().size())));
    }

    private static void wipe(Home own) throws IOException {
        if (Endpoints.find(own).isPresent()) {
            throw new Failure("A demonstration runs in " + own.folder() + " already. Stop it first: ./hone down --home " + own.folder());
        }
        if (!Files.exists(own.folder())) {
            return;
        }
        try (Stream<Path> all = Files.walk(own.folder())) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
