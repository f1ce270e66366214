package dev.hone.cli.bench;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.HomeOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The random models of the benchmarks as directories, for other engines to measure with. */
@Command(name = "model", description = "Write a random model as a Hugging Face directory, so that another engine can be measured on the same weights.",
        footer = {"", "Example:", "  ./hone bench model random-1.1b /tmp/random-1.1b"})
final class ModelBench implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(index = "0", paramLabel = "MODEL", description = "random-110m or random-1.1b.")
    private String model;

    @Parameters(index = "1", paramLabel = "DIR", description = "Gets the model; may not be there yet.")
    private Path directory;

    @Override
    public Integer call() throws IOException {
        try (Scratch scratch = new Scratch(Files.createTempDirectory(Files.createDirectories(directory.toAbsolutePath().getParent()), "hone-bench-"))) {
            if (!model.startsWith("random-")) {
                throw new Failure(Failure.USAGE, "Expected random-110m or random-1.1b, found \"" + model + "\"; other models are directories already.");
            }
            Path made = new BenchModels(home.home().checkout()).directory(model, scratch.folder());
            Files.move(made, directory);
        }
        return 0;
    }
}
