package dev.hone.cli.train;

import dev.hone.cli.console.Failure;
import dev.hone.cli.recipe.DatasetRef;
import dev.hone.cli.recipe.ForeignRecipe;
import dev.hone.cli.work.RowFile;
import dev.hone.datasets.check.ColumnMapping;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The files of a run, before they are looked into.
 *
 * @param train rows to learn, in this order
 * @param validation rows to validate on; empty: a share of {@code train} is held out
 */
record Inputs(List<RowFile> train, List<RowFile> validation) {
    Inputs {
        train = List.copyOf(train);
        validation = List.copyOf(validation);
    }

    /** What the options name; what they leave out, as another tool's recipe has it. */
    static Inputs of(List<Path> data, Path validation, Map<String, String> columns, Path recipe, Optional<ForeignRecipe> foreign) {
        ColumnMapping mapping = RowFile.mapping(columns);
        List<DatasetRef> named = foreign.map(ForeignRecipe::datasets).orElse(List.of());
        List<RowFile> train = data.isEmpty() ? files(named, false, recipe) : data.stream().map(file -> new RowFile(file, mapping)).toList();
        List<RowFile> held = new ArrayList<>(validation == null ? List.of() : List.of(new RowFile(validation, mapping)));
        if (validation == null && data.isEmpty()) {
            held.addAll(files(named, true, recipe));
        }
        if (train.isEmpty()) {
            throw new Failure(Failure.USAGE, "Expected rows to train on, found none: name a file with --data FILE.");
        }
        return new Inputs(train, held);
    }

    private static List<RowFile> files(List<DatasetRef> named, boolean validation, Path recipe) {
        return named.stream().filter(ref -> ref.validation() == validation).map(ref -> new RowFile(beside(recipe, ref.path()), RowFile.mapping(ref.mapping()))).toList();
    }

    /** Where the command runs, or where the recipe lies. */
    private static Path beside(Path recipe, String path) {
        return Stream.of(Path.of(path), recipe.toAbsolutePath().resolveSibling(path)).filter(Files::isRegularFile).findFirst().orElse(Path.of(path));
    }
}
