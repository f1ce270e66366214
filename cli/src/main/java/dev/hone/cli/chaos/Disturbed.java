package dev.hone.cli.chaos;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.chaos.check.Evidence;
import dev.hone.cli.chaos.fault.Done;
import dev.hone.cli.chaos.fault.Fault;
import dev.hone.cli.chaos.fault.HomeProcesses;
import dev.hone.cli.chaos.fault.Mischief;
import dev.hone.cli.chaos.fault.Saboteur;
import dev.hone.cli.chaos.fault.Schedule;
import dev.hone.cli.chaos.fault.Tape;
import dev.hone.cli.chaos.fault.Targets;
import dev.hone.cli.chaos.fault.TcpProxy;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.local.Stack;
import dev.hone.cli.local.StackOptions;
import dev.hone.cli.models.Deployments;
import dev.hone.events.KafkaSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;

/** A stack under faults, from its start to its stop. */
final class Disturbed {
    private static final Duration LOOK = Duration.ofSeconds(2);
    /** A stack in which nothing happens for as long has nothing left to do. */
    private static final Duration STILL = Duration.ofSeconds(12);
    /** Submissions come while the faults do. */
    private static final double SUBMITTING = 0.7;

    private final Home home;
    private final Workload workload;
    private final ChaosPlan plan;
    private final Journal journal;
    private final List<Done> done = new ArrayList<>();
    private final HomeProcesses processes;
    private long began;

    Disturbed(Home home, Workload workload, ChaosPlan plan, Journal journal) {
        this.home = home;
        this.workload = workload;
        this.plan = plan;
        this.journal = journal;
        this.processes = new HomeProcesses(home.folder());
    }

    /**
     * What was found.
     *
     * @param quiet empty if the stack came to rest in time, else what it still had to do
     * @param took  from the first submission until it was quiet
     * @param jobs  processes of Jobs that were seen
     */
    record Result(Evidence evidence, List<Done> faults, Optional<String> quiet, Duration took, int jobs) {}

    Result run(Map<String, String> settings) throws IOException, InterruptedException {
        int kafka = freePort();
        int s3 = freePort();
        try (TcpProxy broker = TcpProxy.before(kafka); TcpProxy store = TcpProxy.before(s3); JobWatch watch = new JobWatch(processes)) {
            StackOptions options = new StackOptions(Map.of("kafka", kafka, "s3", s3), true, settings, Map.of("kafka", broker.port(), "s3", store.port()));
            Stack stack = Stack.start(home, options, journal::note);
            try {
                Result result = disturb(stack, Map.of(Targets.BROKER, broker, Targets.STORE, store), watch);
                stack.close();
                return withSurvivors(result);
            } finally {
                stack.close();
            }
        }
    }

    private Result disturb(Stack stack, Map<String, TcpProxy> proxies, JobWatch watch) throws IOException, InterruptedException {
        Endpoints endpoints = stack.endpoints();
        KafkaSettings kafka = endpoints.broker();
        ArtifactStore store = ArtifactStore.connect(endpoints.store().config(), "others");
        Deployments.deployBase(endpoints, Workload.base(), store.ref(ArtifactLayout.baseModel(Workload.base())).orElseThrow(() -> new Failure("Expected the base model in the store, found none.")));
        try (Tape tape = new Tape(kafka, Watched.topics()); Mischief mischief = new Mischief(kafka, tape);
                Saboteur saboteur = new Saboteur(() -> pids(stack), processes, proxies, mischief); Opinions opinions = new Opinions(endpoints)) {
            began = System.nanoTime();
            Sender sender = new Sender(endpoints.url("ingest"));
            Thread sending = Thread.ofPlatform().daemon().name("sender").start(() -> send(sender));
            inflict(saboteur, tape, sender);
            saboteur.heal();
            opinions.finish();
            Optional<String> quiet = awaitQuiet(kafka, tape, sender, sending, opinions);
            Duration took = since();
            Stored stored = Stored.of(store, home.storeData().resolve(endpoints.store().bucket()));
            Evidence evidence = new Evidence(sender.sent(), tape.records(), Quiet.lags(kafka), stored.objects(), stored.strays(), stored.manifests(), stored.weights(),
                    opinions.taken(), KeptFeedback.ids(store), opinions.untaken(), watch.sideBySide(), jobLogs(), List.of());
            return new Result(evidence, List.copyOf(done), quiet, took, watch.started());
        }
    }

    private void send(Sender sender) {
        long pause = Math.round(plan.span().toMillis() * SUBMITTING / workload.items().size());
        try {
            for (Workload.Item item : workload.items()) {
                sender.send(item);
                journal.note("sent " + item.model());
                Thread.sleep(pause);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The whole schedule, and more kills for those that found nobody. */
    private void inflict(Saboteur saboteur, Tape tape, Sender sender) throws InterruptedException {
        for (Fault fault : plan.schedule().faults()) {
            inflict(fault, saboteur, tape, sender);
        }
        for (Fault fault : Schedule.of(~plan.seed(), plan.kills(), plan.span()).faults()) {
            if (kills() >= plan.kills() || since().compareTo(plan.limit()) > 0) {
                return;
            }
            if (fault.kind().isKill()) {
                inflict(new Fault(done.size() + 1, fault.kind(), since().plusSeconds(1), fault.pick(), fault.length()), saboteur, tape, sender);
            }
        }
    }

    private void inflict(Fault fault, Saboteur saboteur, Tape tape, Sender sender) throws InterruptedException {
        while (since().compareTo(fault.at()) < 0) {
            paint("disturbed", tape, sender);
            Thread.sleep(Math.min(1000, Math.max(1, fault.at().minus(since()).toMillis())));
        }
        Done outcome = saboteur.inflict(fault, since());
        done.add(outcome);
        journal.note(outcome.kind().words() + ": " + outcome.target());
    }

    private void paint(String phase, Tape tape, Sender sender) {
        journal.paint(phase + ": " + kills() + " of " + plan.kills() + " kills, " + done.size() + " faults, "
                + Watched.ended(Watched.outcomes(tape, sender.sent())) + " of " + workload.items().size() + " submissions ended, " + Figures.duration(since()));
    }

    private long kills() {
        return done.stream().filter(Done::kill).count();
    }

    private Duration since() {
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private Optional<String> awaitQuiet(KafkaSettings kafka, Tape tape, Sender sender, Thread sending, Opinions opinions) throws IOException, InterruptedException {
        int size = -1;
        long still = System.nanoTime();
        for (;;) {
            Optional<String> open = open(kafka, tape, sender, sending, opinions);
            if (open.isPresent() || tape.size() != size) {
                size = tape.size();
                still = System.nanoTime();
            } else if (System.nanoTime() - still > STILL.toNanos()) {
                return Optional.empty();
            }
            if (since().compareTo(plan.limit()) > 0) {
                return Optional.of(open.orElse("records still come"));
            }
            paint("healing", tape, sender);
            Thread.sleep(LOOK);
        }
    }

    /** What is still to be done. */
    private Optional<String> open(KafkaSettings kafka, Tape tape, Sender sender, Thread sending, Opinions opinions) throws IOException, InterruptedException {
        if (sending.isAlive()) {
            return Optional.of("not everything was sent yet");
        }
        Map<String, Optional<String>> outcomes = Watched.outcomes(tape, sender.sent());
        if (Watched.ended(outcomes) < workload.items().size()) {
            return Optional.of("submissions without an end: " + outcomes.entrySet().stream().filter(outcome -> outcome.getValue().isEmpty()).map(Map.Entry::getKey).collect(Collectors.joining(", ")));
        }
        List<HomeProcesses.Found> jobs = processes.jobs();
        if (!jobs.isEmpty()) {
            return Optional.of("Jobs at work: " + jobs.stream().map(HomeProcesses.Found::job).collect(Collectors.joining(", ")));
        }
        if (!opinions.untaken().isEmpty()) {
            return Optional.of("feedback that serving has not taken: " + opinions.untaken());
        }
        return lagging(kafka);
    }

    private static Optional<String> lagging(KafkaSettings kafka) throws InterruptedException {
        try {
            Map<String, Long> lagging = new TreeMap<>(Quiet.lags(kafka));
            lagging.values().removeIf(lag -> lag == 0);
            return lagging.isEmpty() ? Optional.empty() : Optional.of("records not committed: " + lagging);
        } catch (KafkaException e) {
            return Optional.of("the broker does not tell offsets: " + e.getMessage());
        }
    }

    private Result withSurvivors(Result result) throws IOException {
        Evidence e = result.evidence();
        Evidence all = new Evidence(e.submissions(), e.records(), e.lags(), e.objects(), e.strays(), e.manifests(), e.weights(), e.feedback(), e.kept(), e.unanswered(), e.sideBySide(), e.jobLogs(), processes.all());
        return new Result(all, result.faults(), result.quiet(), result.took(), result.jobs());
    }

    private static Map<String, Long> pids(Stack stack) {
        return stack.processes().stream().collect(Collectors.toMap(Stack.Running::name, Stack.Running::pid));
    }

    private Map<String, List<String>> jobLogs() throws IOException {
        Map<String, List<String>> logs = new HashMap<>();
        try (Stream<Path> files = Files.walk(home.folder().resolve("work"))) {
            for (Path log : files.filter(file -> file.endsWith("log.txt")).toList()) {
                logs.put(log.getParent().getFileName().toString(), Files.readAllLines(log, java.nio.charset.StandardCharsets.ISO_8859_1));
            }
        }
        return logs;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
