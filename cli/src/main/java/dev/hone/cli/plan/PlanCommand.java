package dev.hone.cli.plan;

import dev.hone.artifacts.ArtifactLayout;
import dev.hone.artifacts.ArtifactMissing;
import dev.hone.artifacts.ArtifactStore;
import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.home.Home;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.recipe.RecipeBuilder;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.v1.TrainingRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Counts what a run would take. */
@Command(name = "plan", description = {"What a run would train and need, from the base model's config.json alone.",
        "Parameters are exact; memory is an estimate of weights, optimizer and activations, without the runtime's own few hundred MB."},
        footer = {"", "Examples:", "  ./hone plan --base hone-nano", "  ./hone plan --base ~/models/TinyLlama-1.1B --set lora_r=32 --rows 20000"})
public final class PlanCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Option(names = "--base", required = true, paramLabel = "MODEL|DIR", description = "A base model's name, or a directory with config.json.")
    private String base;

    @Option(names = "--recipe", paramLabel = "FILE.yaml", description = "Settings in the blocks training, quantization and gate.")
    private Path recipe;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "One setting of the recipe; wins over --recipe.")
    private List<String> settings = new ArrayList<>();

    @Option(names = "--rows", description = "Training rows, for the number of optimizer steps.")
    private Long rows;

    @Override
    public Integer call() throws IOException {
        RecipeBuilder builder = new RecipeBuilder();
        if (recipe != null) {
            builder.file(recipe);
        }
        settings.forEach(builder::set);
        TrainingRecipe given = builder.build().getTraining();
        ModelConfig config = config();
        TrainingRecipe complete = Assumptions.complete(given, config, rows == null ? 0 : rows);
        Terminal.standard().lines(lines(new Plan(config, complete), Assumptions.of(given, complete, rows != null)));
        return 0;
    }

    private ModelConfig config() throws IOException {
        Home place = home.home();
        for (Path directory : List.of(Path.of(base), place.checkout().resolve("models").resolve(base))) {
            if (Files.isRegularFile(directory.resolve("config.json"))) {
                return load(directory);
            }
        }
        return Endpoints.find(place).map(this::fromStore).orElseThrow(() -> new Failure("Expected a directory with config.json or a model's name in --base, found \""
                + base + "\", which is neither. A model in the store can be planned with while ./hone up runs."));
    }

    private ModelConfig fromStore(Endpoints endpoints) {
        try {
            Path directory = Files.createTempDirectory("hone-plan-");
            Path file = directory.resolve("config.json");
            try {
                ArtifactStore.connect(endpoints.store().config(), "others").download(ArtifactLayout.file(ArtifactLayout.baseModel(base), "config.json"), file);
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

    List<String> lines(Plan plan, List<String> assumed) {
        List<String> lines = new ArrayList<>();
        if (!assumed.isEmpty()) {
            lines.add("Assumed where nothing was given: " + String.join(", ", assumed) + ".");
        }
        lines.add("");
        if (!plan.isFull()) {
            lines.addAll(adapters(plan));
        }
        lines.add("trained per layer   " + Figures.whole(plan.trainablePerLayer()));
        lines.add("trained in all      " + Figures.whole(plan.trainable()) + " of " + Figures.whole(plan.parameters()) + " parameters ("
                + Figures.percent((double) plan.trainable() / (plan.parameters() + (plan.isFull() ? 0 : plan.trainable()))) + ")");
        Optional.ofNullable(rows).ifPresent(count -> lines.add("optimizer steps     " + Figures.whole(plan.steps(count))));
        lines.add("memory, roughly     " + Figures.bytes(plan.baseBytes() + plan.trainedBytes() + plan.activationBytes()) + ": weights "
                + Figures.bytes(plan.baseBytes()) + ", trained parameters with gradient and optimizer " + Figures.bytes(plan.trainedBytes())
                + ", activations " + Figures.bytes(plan.activationBytes()));
        return lines;
    }

    private static List<String> adapters(Plan plan) {
        Table table = Table.ofFigures("linear layer", "in", "out", "weights", "LoRA r=" + plan.recipe().getLoraR());
        for (String target : plan.targets()) {
            Plan.Linear linear = plan.linears().get(target);
            if (linear == null) {
                throw new Failure(Failure.USAGE, "Expected lora_target_modules among " + plan.linears().keySet() + ", found \"" + target + "\".");
            }
            table.row(target, Figures.whole(linear.in()), Figures.whole(linear.out()), Figures.whole(linear.weights()),
                    Figures.whole(linear.lora(plan.recipe().getLoraR())));
        }
        List<String> lines = new ArrayList<>(table.lines());
        lines.add("");
        return lines;
    }
}
