package dev.hone.cli.recipe;

import dev.hone.v1.Recipe;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A recipe written for another tool, taken as it is.
 *
 * @param format whose it is: {@code Axolotl}, {@code LLaMA-Factory}, {@code PEFT adapter_config.json}, {@code OpenAI fine-tuning job}
 * @param recipe what the file says in our settings; what it leaves open is open here, unless the tool's own default is another
 *     than ours
 * @param baseModel as the file names it: a directory or a name
 * @param datasets as the file names them, training rows first
 * @param outputDir where the tool would have written
 * @param notes every key that is no setting here, and what it would have done
 */
public record ForeignRecipe(
        String format, Recipe recipe, Optional<String> baseModel, List<DatasetRef> datasets, Optional<String> outputDir, List<Note> notes) {
    public ForeignRecipe {
        datasets = List.copyOf(datasets);
        notes = List.copyOf(notes);
    }

    /** For a person: one line each for what differs, and the names of what does not. */
    public List<String> noteLines() {
        List<String> lines = new ArrayList<>();
        lines.add("The recipe is taken as it is: " + format + ".");
        notes.stream().filter(Note::changes).map(note -> "  " + note.sentence()).forEach(lines::add);
        List<String> rest = notes.stream().filter(note -> !note.changes()).map(Note::key).toList();
        if (!rest.isEmpty()) {
            lines.add("  Not needed here: " + String.join(", ", rest) + ".");
        }
        return lines;
    }

    /**
     * @return empty for a file that is none of the formats, such as a recipe of our own
     * @throws dev.hone.cli.console.Failure if the file cannot be read, or a key would change the result in a way that cannot be
     *     followed, naming it
     */
    public static Optional<ForeignRecipe> read(Path file) {
        return ForeignFormat.read(file);
    }
}
