package dev.hone.cli.plan;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.cli.recipe.TrainingSettings;
import dev.hone.llm.estimate.Estimator;
import dev.hone.llm.estimate.MatmulRate;
import dev.hone.llm.estimate.ProcessMemory;
import dev.hone.llm.estimate.Workload;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.train.RecipeDefaults;
import dev.hone.llm.train.RecipeFit;
import dev.hone.llm.train.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Counts what a run would take. */
@Command(name = "plan", description = {"What a run would train and need, from the base model's config.json alone.",
        "Parameters are exact; memory is the process's on a CPU, and with the time an estimate."},
        footer = {"", "Examples:", "  ./hone plan --base hone-nano", "  ./hone plan --base ~/models/TinyLlama-1.1B --set lora_r=32 --rows 20000 --tokens 180"})
public final class PlanCommand implements Callable<Integer> {
    private static final List<String> SHOWN = List.of("method", "lora_r", "micro_batch_size", "gradient_accumulation_steps", "sequence_len", "num_epochs");
    /** Where nobody says how long rows are. */
    private static final int LONGEST = 512;
    /** Where nobody says how many they are: enough for whole batches. */
    private static final long MANY_ROWS = 1000;

    @Mixin private HomeOption home;

    @Option(names = "--base", required = true, paramLabel = "MODEL|DIR", description = "A base model's name, or a directory with config.json.")
    private String base;

    @Option(names = "--recipe", paramLabel = "FILE.yaml", description = "Settings in the blocks training, quantization and gate.")
    private Path recipe;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting of the recipe; wins over --recipe.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--rows", description = "Training rows, for the number of optimizer steps and the time.")
    private Long rows;

    @Option(names = "--tokens", paramLabel = "N", description = "Tokens of a row on average. Default: as many as sequence_len.")
    private Integer tokens;

    @Option(names = "--longest", paramLabel = "N", description = "Tokens of the longest row. Default: as many as sequence_len.")
    private Integer longest;

    @Option(names = "--gflops", paramLabel = "N", description = "Rate of matrix products to count the time with. Default: what is measured here.")
    private Double gigaflops;

    @Override
    public Integer call() throws IOException {
        RecipeBuilder builder = new RecipeBuilder();
        if (recipe != null) {
            builder.file(recipe);
        }
        settings.forEach(builder::set);
        builder.foreign().ifPresent(foreign -> Terminal.standard().lines(foreign.noteLines()));
        TrainingSettings given = TrainingSettings.of(builder);
        ModelConfig config = config();
        TrainingRecipe complete = given.complete(sizes(config));
        Estimator estimator = new Estimator(config, workload(), rate(complete));
        PlanReport report = report(config, estimator, complete);
        Terminal terminal = Terminal.standard();
        terminal.lines(assumed(given.given(), complete));
        terminal.lines(report.lines());
        terminal.line("");
        ProcessMemory.here().available().ifPresent(available -> terminal.lines(PlanReport.fit(estimator.check(complete, available))));
        terminal.line("");
        terminal.lines(report.lecture());
        return 0;
    }

    private static PlanReport report(ModelConfig config, Estimator estimator, TrainingRecipe recipe) {
        try {
            RecipeFit.check(recipe, config);
            return new PlanReport(config, estimator.estimate(recipe));
        } catch (IllegalArgumentException e) {
            throw new Failure(Failure.USAGE, e.getMessage());
        }
    }

    /** As the planner would, as far as that can be told without the dataset. What the run really does stands in its {@code train.requested}. */
    private RecipeDefaults.Sizes sizes(ModelConfig config) {
        return new RecipeDefaults.Sizes(ModelLayout.parameters(config), config.maxPositionEmbeddings(), rows == null ? MANY_ROWS : rows, longest == null ? LONGEST : longest);
    }

    private Workload workload() {
        return new Workload(rows == null ? 0 : rows, tokens == null ? 0 : tokens, longest == null ? 0 : longest, 1);
    }

    private double rate(TrainingRecipe recipe) {
        if (rows == null && recipe.maxSteps() == 0) {
            return Double.NaN;
        }
        return gigaflops == null ? MatmulRate.measure(recipe.computeDtype()) : gigaflops * 1e9;
    }

    private List<String> assumed(ObjectNode given, TrainingRecipe complete) {
        ObjectNode all = complete.toJson();
        String settings = SHOWN.stream().filter(key -> !given.has(key) && (rows != null || !key.equals("num_epochs")))
                .map(key -> key + "=" + all.get(key).asText()).collect(Collectors.joining(", "));
        return settings.isEmpty() ? List.of() : List.of("Assumed where nothing was given: " + settings + ".", "");
    }

    private ModelConfig config() throws IOException {
        Home place = home.home();
        Optional<Path> here = ModelDirectory.find(place.checkout(), base);
        if (here.isPresent()) {
            return load(here.get());
        }
        return Endpoints.find(place).map(this::fromStore).orElseThrow(() -> new Failure("Expected a directory with config.json or a model's name in --base, found \""
                + base + "\", which is neither. A model in the store can be planned with while ./hone up runs."));
    }

    private ModelConfig fromStore(Endpoints endpoints) {
        try {
            Path directory = Files.createTempDirectory("hone-plan-");
            Path file = directory.resolve("config.json");
            try {
                Files.write(file, ArtifactStore.connect(endpoints.store().config(), "others").readFile(ArtifactLayout.baseModel(base), "config.json"));
                return load(directory);
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (ArtifactMissing e) {
            throw new Failure("Expected a base model \"" + base + "\" in the store, found none. ./hone models lists them.", e);
        } catch (IOException e) {
            throw new Failure("The model's config.json could not be read: " + e.getMessage(), e);
        }
    }

    private static ModelConfig load(Path directory) {
        try {
            return ModelConfig.load(directory);
        } catch (FormatException e) {
            throw new Failure(e.getMessage(), e);
        }
    }
}
