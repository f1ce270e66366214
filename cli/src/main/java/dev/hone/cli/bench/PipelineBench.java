package dev.hone.cli.bench;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.local.Stack;
import dev.hone.cli.local.StackOptions;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.cli.run.EventTail;
import dev.hone.cli.run.Follower;
import dev.hone.cli.run.Outcome;
import dev.hone.cli.run.Run;
import dev.hone.cli.run.RunView;
import dev.hone.cli.submit.IngestClient;
import dev.hone.cli.submit.Receipt;
import dev.hone.events.Event;
import dev.hone.v1.DatasetReady;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the way from {@code dataset.ready} to {@code deploy} costs beside the numerical work. */
@Command(name = "pipeline", description = "Run a short training through all services, in a stack of its own, and print where the time went.",
        footer = {"", "Example:", "  ./hone bench pipeline --steps 20"})
final class PipelineBench implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Option(names = "--steps", defaultValue = "20", description = "Optimizer steps.")
    private int steps;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Terminal terminal = Terminal.standard();
        try (Scratch scratch = Scratch.make();
                Stack stack = Stack.start(new Home(home.home().checkout(), scratch.folder()), StackOptions.onFreePorts(Map.of()), text -> { })) {
            Endpoints endpoints = stack.endpoints();
            Receipt receipt = new IngestClient(endpoints.url("ingest")).send(new IngestClient.Submission(
                    home.home().checkout().resolve("examples/support.jsonl"), "bench", "hone-nano", Map.of(),
                    new RecipeBuilder().set("max_steps=" + steps).set("min_loss_improvement=-1").set("max_quantization_loss=10").build()));
            Run run = ended(endpoints, receipt, terminal);
            terminal.lines(new Timeline(eventsOf(endpoints, run, receipt)).lines());
        }
        return 0;
    }

    private static Run ended(Endpoints endpoints, Receipt receipt, Terminal terminal) {
        try (Follower follower = new Follower(endpoints, terminal)) {
            Run run = follower.untilEnd(board -> board.causedBy(receipt.causeOfRun()));
            Outcome outcome = run.outcome().orElseThrow();
            if (!(outcome instanceof Outcome.Deployed)) {
                throw new Failure("Expected the run to be deployed, found that it " + RunView.reason(outcome));
            }
            return run;
        }
    }

    private static List<Event<?>> eventsOf(Endpoints endpoints, Run run, Receipt receipt) {
        try (EventTail tail = new EventTail(endpoints.broker(), EventTail.RUNS)) {
            return tail.history().stream().filter(event -> event.correlationId().equals(run.id())
                    || event.data() instanceof DatasetReady dataset && dataset.getDatasetId().equals(receipt.datasetId())).toList();
        }
    }
}
