package dev.hone.cli.chaos;

import dev.hone.cli.chaos.check.Checks;
import dev.hone.cli.chaos.check.Outcomes;
import dev.hone.cli.chaos.fault.HomeProcesses;
import dev.hone.cli.chaos.fault.Schedule;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.ProgressLine;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Kills, cuts and floods a stack of its own, and looks whether anything was lost. */
@Command(name = "chaos", description = {"Run the same small submissions twice in stacks of their own: once undisturbed, once while services, Jobs, broker and",
        "store are killed and paused, connections cut, the store is full, and records come twice, late or broken. Then everything",
        "must be as if nothing had been: every dataset deployed or its failure told, nothing lost, nothing done twice, every",
        "adapter equal to the last bit. Ends with 1 and the faults around it when something does not hold. Linux only."},
        footer = {"", "Examples:", "  ./hone chaos --kills 10 --datasets 3 --time-limit 8", "  ./hone chaos --seed 7 --kills 100 --datasets 12 --time-limit 25 --report chaos.md"})
public final class ChaosCommand implements Callable<Integer> {
    /**
     * More held-out rows than usual, so that a small dataset has some; kills enough for a Job, as none of them is its fault; and what lets many short-lived processes share few
     * cores: one thread each for the numbers, code compiled quickly rather than well.
     */
    private static final Map<String, String> SETTINGS = Map.of("HONE_JOBS_MAX_CRASHES", "30", "HONE_INGEST_VALIDATION_SHARE", "0.1", "HONE_INGEST_TEST_SHARE", "0.1", "HONE_SERVING_ENGINE_CACHE_MIB", "64",
            "HONE_SERVING_ENGINE_THREADS", "1", "OMP_NUM_THREADS", "1", "MKL_NUM_THREADS", "1", "JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1");

    @Mixin private HomeOption home;

    @Option(names = "--seed", defaultValue = "1", description = "Decides rows, recipes and faults. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(names = "--kills", defaultValue = "20", description = "kill -9 of processes, among other faults. Default: ${DEFAULT-VALUE}.")
    private int kills;

    @Option(names = "--datasets", defaultValue = "4", description = "Submissions. Default: ${DEFAULT-VALUE}.")
    private int datasets;

    @Option(names = "--time-limit", paramLabel = "MINUTES", defaultValue = "10", description = "Most minutes of each of the two runs. Default: ${DEFAULT-VALUE}.")
    private int minutes;

    @Option(names = "--format", paramLabel = "text|markdown|json", defaultValue = "text", description = "How the report is printed. Default: ${DEFAULT-VALUE}.")
    private String format;

    @Option(names = "--report", paramLabel = "FILE", description = "Write the report there, too: markdown where the name ends with .md, JSON with .json, else text.")
    private Path report;

    @Option(names = "--reuse", description = "Take what a former undisturbed run of this home, seed and number of datasets came to, instead of running it again.")
    private boolean reuse;

    @Option(names = "--plan", description = "Print the faults that the seed stands for, and do nothing.")
    private boolean planOnly;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (!java.util.Set.of("text", "markdown", "json").contains(format)) {
            throw new Failure(Failure.USAGE, "Expected --format text, markdown or json, found \"" + format + "\".");
        }
        ChaosPlan plan = new ChaosPlan(seed, kills, datasets, Duration.ofMinutes(minutes));
        Terminal terminal = Terminal.standard();
        if (planOnly) {
            print(plan.schedule(), terminal);
            return 0;
        }
        if (!HomeProcesses.isPossible()) {
            throw new Failure("Expected a system with /proc, by which a stack's processes are found, found none: chaos runs on Linux only.");
        }
        ChaosReport found = run(plan, terminal);
        terminal.out().print(found.in(format));
        terminal.out().flush();
        if (report != null) {
            String name = report.getFileName().toString();
            Files.writeString(report, found.in(name.endsWith(".md") ? "markdown" : name.endsWith(".json") ? "json" : "text"));
        }
        return found.holds() ? 0 : Failure.FAILED;
    }

    private static void print(Schedule schedule, Terminal terminal) {
        schedule.faults().forEach(fault -> terminal.line("%4d  %6d s  %s%s".formatted(fault.number(), fault.at().toSeconds(), fault.kind().words(),
                fault.length().isZero() ? "" : ", for " + fault.length().toSeconds() + " s")));
    }

    private ChaosReport run(ChaosPlan plan, Terminal terminal) throws IOException, InterruptedException {
        Path checkout = home.home().checkout();
        Path folder = home.home().folder().resolve("chaos");
        Home calm = new Home(checkout, folder.resolve("undisturbed"));
        Home rough = new Home(checkout, folder.resolve("disturbed"));
        Path kept = folder.resolve("undisturbed-" + plan.seed() + "-" + plan.datasets() + ".json");
        Optional<Undisturbed> former = reuse ? Undisturbed.read(kept) : Optional.empty();
        wipe(rough);
        wipe(calm);
        Workload workload = Workload.write(rough, folder.resolve("datasets"), plan.seed(), plan.datasets());
        ProgressLine progress = new ProgressLine(format.equals("json") ? new Terminal(System.err, false, terminal.columns()) : terminal);
        Undisturbed undisturbed = former.isPresent() ? former.get() : Undisturbed.run(calm, workload, SETTINGS, plan.limit(), progress);
        undisturbed.write(kept);
        Disturbed.Result result = new Disturbed(rough, workload, plan, new Journal(folder.resolve("chaos.log"), progress)).run(SETTINGS);
        progress.erase();
        return report(plan, undisturbed, result);
    }

    private static ChaosReport report(ChaosPlan plan, Undisturbed undisturbed, Disturbed.Result result) {
        Map<String, Long> outcomes = new TreeMap<>();
        Outcomes.of(result.evidence().submissions(), result.evidence().board()).values().forEach(outcome -> outcomes.merge(outcome.orElse("open"), 1L, Long::sum));
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("records on all topics", (long) result.evidence().records().size());
        counts.put("objects in the bucket", (long) result.evidence().objects().size());
        counts.put("adapters and models compared", (long) result.evidence().weights().size());
        counts.put("processes that Jobs took", (long) result.jobs());
        counts.put("feedback sent through serving", (long) result.evidence().feedback().size());
        return new ChaosReport(plan, undisturbed.took(), result.took(), result.faults(), outcomes, counts, result.quiet(),
                Checks.look(result.evidence(), undisturbed.weights(), undisturbed.outcomes()));
    }

    private static void wipe(Home one) throws IOException {
        if (Endpoints.find(one).isPresent()) {
            throw new Failure("Chaos runs in " + one.folder() + " already. Stop it first, or choose another --home.");
        }
        if (Files.exists(one.folder())) {
            try (Stream<Path> all = Files.walk(one.folder())) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
