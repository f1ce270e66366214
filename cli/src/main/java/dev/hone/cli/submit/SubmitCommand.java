package dev.hone.cli.submit;

import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.recipe.DatasetRef;
import dev.hone.cli.recipe.ForeignRecipe;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.cli.run.Follower;
import dev.hone.cli.run.Run;
import dev.hone.cli.run.RunBoard;
import dev.hone.cli.run.RunReport;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends a dataset, and so starts a run. */
@Command(name = "submit", description = {"Send a dataset: it is checked, a model is fine-tuned on it, quantized, evaluated, and deployed if it passes.",
        "Takes OpenAI chat JSONL, Alpaca JSON, prompt/completion JSONL, CSV and raw text. The same file and recipe twice is one run."},
        exitCodeListHeading = "%nExit codes with --follow:%n", exitCodeList = {"0:deployed", "1:failed, with the reason", "3:the gate rejected the model"},
        footer = {"", "Examples:", "  ./hone submit examples/support.jsonl --follow",
                "  ./hone submit questions.csv --map prompt=text,completion=category --name intents --follow",
                "  ./hone submit chats.jsonl --base tinyllama --recipe my.yaml --set lora_r=16 --set num_epochs=2"})
public final class SubmitCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "FILE", description = "The dataset.")
    private Path file;

    @Option(names = "--name", description = "The model's name once it is deployed. Default: the file's name.")
    private String name;

    @Option(names = "--base", paramLabel = "MODEL", description = "The base model; ./hone models lists them. Default: the one another tool's recipe names, or hone-nano.")
    private String base;

    @Option(names = "--recipe", paramLabel = "FILE",
            description = "Settings in the blocks training, quantization and gate; or a recipe of Axolotl, LLaMA-Factory, PEFT or OpenAI as it is.")
    private Path recipe;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting of the recipe, such as lora_r=16; wins over --recipe.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--map", split = ",", paramLabel = "MEANING=COLUMN", description = "Which column is what: prompt=text,completion=category.")
    private Map<String, String> mapping = new LinkedHashMap<>();

    @Option(names = "--follow", description = "Stay and show the run until it has ended.")
    private boolean follow;

    @Override
    public Integer call() throws InterruptedException {
        RecipeBuilder builder = new RecipeBuilder();
        if (recipe != null) {
            builder.file(recipe);
        }
        settings.forEach(builder::set);
        String from = base == null ? builder.foreign().flatMap(ForeignRecipe::baseModel).map(SubmitCommand::inStore).orElse("hone-nano") : base;
        IngestClient.Submission submission = new IngestClient.Submission(file, name == null ? nameOf(file) : name, from, columns(builder.foreign()), builder.build());
        Endpoints endpoints = home.endpoints();
        Terminal terminal = Terminal.standard();
        builder.foreign().ifPresent(foreign -> terminal.lines(told(foreign, from)));
        Instant sent = Instant.now();
        Receipt receipt = new IngestClient(endpoints.url("ingest")).send(submission);
        terminal.lines(receipt.lines());
        return follow ? follow(endpoints, receipt, sent, terminal) : announced(receipt, terminal);
    }

    private static int announced(Receipt receipt, Terminal terminal) {
        terminal.line("The run begins by itself. Watch it: ./hone runs " + receipt.modelName() + " --follow");
        return 0;
    }

    private static int follow(Endpoints endpoints, Receipt receipt, Instant sent, Terminal terminal) {
        try (Follower follower = new Follower(endpoints, terminal)) {
            if (find(follower.board(), receipt, sent).filter(run -> run.last().isBefore(sent)).flatMap(Run::outcome).isPresent()) {
                terminal.line("This run was done before; nothing is trained again.");
            }
            terminal.line("");
            return RunReport.print(follower.untilEnd(board -> find(board, receipt, sent)), terminal);
        }
    }

    /** A failure from before is not this run's end: what failed is tried again. */
    private static Optional<Run> find(RunBoard board, Receipt receipt, Instant sent) {
        return board.causedBy(receipt.causeOfRun()).filter(run -> run.failed().isEmpty() || run.last().isAfter(sent));
    }

    /** The store has no owners and no folders: {@code meta-llama/Llama-3.2-1B} is {@code Llama-3.2-1B} there. */
    static String inStore(String model) {
        String plain = model.replaceFirst("/+$", "");
        return plain.substring(plain.lastIndexOf('/') + 1);
    }

    private Map<String, String> columns(Optional<ForeignRecipe> foreign) {
        return mapping.isEmpty() ? foreign.flatMap(recipe -> recipe.datasets().stream().findFirst()).map(DatasetRef::mapping).orElse(mapping) : mapping;
    }

    private List<String> told(ForeignRecipe foreign, String from) {
        List<String> lines = new ArrayList<>(foreign.noteLines());
        lines.add("  The base model is " + from + ", and the rows are those of " + file + ". The adapter lies in the store.");
        lines.add("");
        return lines;
    }

    /** A file's name as a model's: lower case, what is not allowed becomes a dash. */
    static String nameOf(Path file) {
        String plain = file.getFileName().toString().toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|zst)$", "").replaceFirst("\\.[^.]*$", "");
        String name = plain.replaceAll("[^a-z0-9._-]+", "-").replaceAll("^[^a-z0-9]+", "");
        return name.isEmpty() ? "model" : name.substring(0, Math.min(63, name.length()));
    }
}
