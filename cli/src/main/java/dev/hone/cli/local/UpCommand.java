package dev.hone.cli.local;

import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs everything on this machine. */
@Command(name = "up", description = {"Start Kafka, the object store and the five services on this machine, and keep them running.",
        "Stays in the foreground: Ctrl-C stops everything in order. What was sent, trained and deployed is there again at the next start."},
        footer = {"", "Examples:", "  ./hone up", "  ./hone up --port serving=9085 --port kafka=19092", "  ./hone up --home /data/hone"})
public final class UpCommand implements Callable<Integer> {
    private static final Map<String, String> PURPOSE = Map.of(
            "kafka", "events", "s3", "datasets, adapters, models, reports", "ingest", "takes datasets: POST /v1/datasets",
            "trainer", "plans runs and trains", "quantizer", "merges and quantizes", "evaluator", "scores and gates",
            "serving", "answers over gRPC (reflection is on)");

    @Mixin private HomeOption home;

    @Option(names = "--port", paramLabel = "NAME=PORT", description = "Where a process listens: kafka, s3, ingest, trainer, quantizer,"
            + " evaluator or serving. By default the usual port, or a free one when that is taken.")
    private Map<String, Integer> ports = new HashMap<>();

    @Option(names = "--set-env", paramLabel = "KEY=VALUE", description = "An environment variable for the services,"
            + " such as HONE_INGEST_FEEDBACK_MIN_COUNT=5.")
    private Map<String, String> settings = new HashMap<>();

    @Override
    public Integer call() throws Exception {
        Terminal terminal = Terminal.standard();
        Home place = home.home();
        terminal.line("Starting Hone in " + place.folder() + ". Ctrl-C stops it.");
        try (Stack stack = Stack.start(place, new StackOptions(ports, false, settings), terminal::line)) {
            report(stack, terminal).forEach(terminal::line);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> terminal.line("Stopping ..."), "say-stop"));
            stack.awaitEnd();
        }
        return 0;
    }

    /** What runs where. */
    private static List<String> report(Stack stack, Terminal terminal) {
        Endpoints endpoints = stack.endpoints();
        Table table = Table.ofText("what", "where", "process", "for");
        for (Stack.Running process : stack.processes()) {
            table.row(process.name(), address(process, endpoints), String.valueOf(process.pid()), PURPOSE.get(process.name()));
        }
        List<String> lines = new java.util.ArrayList<>(List.of("", terminal.bold("Hone is up.")));
        lines.addAll(table.lines());
        lines.addAll(List.of("", "In another terminal:  ./hone submit FILE --follow   ./hone runs   ./hone chat MODEL"));
        return lines;
    }

    private static String address(Stack.Running process, Endpoints endpoints) {
        return switch (process.name()) {
            case "kafka" -> endpoints.kafka();
            case "s3" -> endpoints.store().endpoint();
            case "serving" -> "127.0.0.1:" + process.port();
            default -> "http://127.0.0.1:" + process.port();
        };
    }
}
