package dev.hone.cli.train;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.cli.recipe.ForeignRecipe;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.cli.recipe.TrainingSettings;
import dev.hone.cli.work.Folders;
import dev.hone.cli.work.LocalData;
import dev.hone.cli.work.StopSignal;
import dev.hone.llm.data.RowException;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.train.FineTuneSpec;
import dev.hone.llm.train.RecipeDefaults;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a recipe right here. */
@Command(name = "train", description = {"Run a recipe right here: no broker, no store, no services.",
        "Reads the recipe's block training, or a recipe of Axolotl, LLaMA-Factory or PEFT as it is. Ctrl-C saves a checkpoint; the same command goes on from it."},
        exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:trained", "1:failed, with the reason", "2:called wrongly", "130:stopped, with a checkpoint"},
        footer = {"", "Examples:", "  ./hone train examples/recipes/support-qlora.yaml --data examples/support.jsonl --out support",
                "  ./hone train my.yaml --model ~/models/TinyLlama-1.1B --data questions.csv --map prompt=text,completion=category --set lora_r=8",
                "  ./hone train axolotl.yml --json | jq 'select(.event == \"step\") | .loss'"})
public final class TrainCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "RECIPE.yaml", description = "Settings below training:, or another tool's recipe.")
    private Path recipe;

    @Option(names = "--model", paramLabel = "DIR", description = "The base model's directory. Default: the recipe's base_model, or hone-nano.")
    private String model;

    @Option(names = "--data", paramLabel = "FILE", description = "Rows to learn, in any format that submit takes; can be given again. Default: the recipe's datasets.")
    private List<Path> data = new ArrayList<>();

    @Option(names = "--validation", paramLabel = "FILE", description = "Rows to validate on. Default: a share of the data.")
    private Path validation;

    @Option(names = "--validation-share", paramLabel = "SHARE", defaultValue = "0.05",
            description = "Rows held out where no file is named, 0 for none. Default: ${DEFAULT-VALUE}.")
    private double share;

    @Option(names = "--map", split = ",", paramLabel = "MEANING=COLUMN", description = "Which column is what: prompt=text,completion=category.")
    private Map<String, String> mapping = new LinkedHashMap<>();

    @Option(names = "--out", paramLabel = "DIR", description = "Gets the adapter, or the model. Default: the recipe's output_dir, or a folder named like the recipe.")
    private Path out;

    @Option(names = "--work", paramLabel = "DIR", description = "Rows and checkpoints while it runs. Default: OUT.work")
    private Path work;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting of the recipe; wins over the file.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--resume", negatable = true, defaultValue = "true", fallbackValue = "true",
            description = "Go on from a checkpoint where there is one; the default. --no-resume begins anew.")
    private boolean resume;

    @Option(names = "--json", description = "A JSON object a line for every step and event, and nothing else.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Screen screen = json ? new JsonScreen(System.out) : new TextScreen(Terminal.standard());
        try (StopSignal stop = StopSignal.listen(screen::stopping)) {
            return new LocalRun(spec(screen), screen, stop).train();
        } catch (FormatException | RowException e) {
            screen.failed("invalid_input", e.getMessage());
            throw new Failure(e.getMessage(), e);
        }
    }

    private FineTuneSpec spec(Screen screen) throws IOException {
        Optional<ForeignRecipe> foreign = ForeignRecipe.read(recipe);
        RecipeBuilder builder = new RecipeBuilder().file(recipe);
        settings.forEach(builder::set);
        foreign.map(ForeignRecipe::noteLines).orElse(List.of()).forEach(screen::note);
        TrainingSettings given = TrainingSettings.of(builder);
        String base = Optional.ofNullable(model).or(() -> foreign.flatMap(ForeignRecipe::baseModel)).orElse("hone-nano");
        Path directory = ModelDirectory.require(home.home().checkout(), base);
        Path output = output(foreign);
        Path scratch = scratch(output);
        Inputs inputs = Inputs.of(data, validation, mapping, recipe, foreign);
        LocalData rows = LocalData.prepare(inputs.train(), inputs.validation(), directory, given.sequenceLen(), share, scratch.resolve("data"), Folders.beside(output, ".rejected.jsonl"));
        rows.notes().forEach(screen::note);
        TrainingRecipe complete = complete(given, directory, rows);
        screen.begins(directory.getFileName().toString(), rows.trainRows(), rows.validationRows(), complete.toJson());
        return new FineTuneSpec(directory, rows.train(), rows.validation(), output, scratch, complete);
    }

    private static TrainingRecipe complete(TrainingSettings settings, Path directory, LocalData rows) {
        ModelConfig config = ModelConfig.load(directory);
        return settings.complete(new RecipeDefaults.Sizes(ModelLayout.parameters(config), config.maxPositionEmbeddings(), rows.trainRows(), rows.maxRowTokens(), rows.rowKind()));
    }

    private Path output(Optional<ForeignRecipe> foreign) throws IOException {
        String file = recipe.getFileName().toString();
        Path output = Optional.ofNullable(out).or(() -> foreign.flatMap(ForeignRecipe::outputDir).map(Path::of)).orElse(Path.of(file.replaceFirst("\\.[^.]*$", "")));
        Folders.requireEmpty(output, "what is trained", "Name another one with --out.");
        return output;
    }

    private Path scratch(Path output) throws IOException {
        Path folder = work == null ? Folders.beside(output, ".work") : work;
        Folders.delete(folder.resolve("data"));
        if (!resume) {
            Folders.delete(LocalRun.checkpoints(folder));
        }
        return folder;
    }
}
