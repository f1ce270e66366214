package dev.hone.cli.score;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Figures;
import dev.hone.cli.console.Table;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.HomeOption;
import dev.hone.cli.models.ModelDirectory;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.quant.Merge;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Joins a base model and an adapter into one model that any engine reads. */
@Command(name = "merge", description = {"Write a base model and its adapter as one Hugging Face directory.",
        "An adapter that was trained on an NF4 base is added to the dequantized weights it was trained against, not to the original ones."},
        footer = {"", "Example:", "  ./hone merge hone-nano support support-merged"})
public final class MergeCommand implements Callable<Integer> {
    @Mixin private HomeOption home;

    @Parameters(paramLabel = "BASE", description = "The base model's directory, or hone-nano.")
    private String base;

    @Parameters(paramLabel = "ADAPTER", description = "The adapter's directory, in PEFT's format.")
    private Path adapter;

    @Parameters(paramLabel = "OUT", description = "Gets the model; must be empty, or not there yet.")
    private Path out;

    @Override
    public Integer call() throws IOException {
        Path directory = ModelDirectory.require(home.home().checkout(), base);
        if (!Files.isDirectory(adapter)) {
            throw new Failure(Failure.USAGE, "Expected an adapter's directory in " + adapter + ", found none.");
        }
        if (Files.exists(out) && !files(out).isEmpty()) {
            throw new Failure("Expected an empty folder, or none, for the merged model, found " + out + " with something in it. Name another one.");
        }
        try {
            Merge.run(directory, adapter, out);
        } catch (FormatException e) {
            discard();
            throw new Failure(e.getMessage(), e);
        }
        Table table = Table.ofFigures("written to " + out, "size");
        for (Path file : files(out)) {
            table.row(file.getFileName().toString(), Figures.bytes(Files.size(file)));
        }
        Terminal.standard().lines(table.lines());
        return 0;
    }

    /** Half a model would be taken for a whole one. */
    private void discard() throws IOException {
        if (Files.isDirectory(out)) {
            for (Path file : files(out)) {
                Files.delete(file);
            }
        }
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }
}
