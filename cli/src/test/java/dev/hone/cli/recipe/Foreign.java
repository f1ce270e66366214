package dev.hone.cli.recipe;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.hone.cli.console.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Recipes of other tools in tests: the examples, and single keys on top of a few that tell the format. */
final class Foreign {
    private Foreign() {}

    static Path example(String name) {
        return Path.of(System.getProperty("hone.root"), "examples", "recipes", "foreign", name);
    }

    static ForeignRecipe text(Path folder, String text) {
        try {
            return ForeignRecipe.read(Files.writeString(folder.resolve("recipe.yaml"), text)).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String refused(Path folder, String text) {
        return assertThrows(Failure.class, () -> text(folder, text)).getMessage();
    }

    /** The keys that were noted as this kind, in the file's order. */
    static List<String> noted(ForeignRecipe recipe, Note.Kind kind) {
        return recipe.notes().stream().filter(note -> note.kind() == kind).map(Note::key).toList();
    }
}
