package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** The recipes of other tools: how each is told from the rest, and who translates it. */
enum ForeignFormat {
    PEFT("PEFT adapter_config.json", "peft.keys", Set.of("peft_type"), PeftRecipe.HANDLERS, PeftRecipe::begin, PeftRecipe::finish),
    OPENAI("OpenAI fine-tuning job", "openai.keys", Set.of("training_file"), OpenAiJob.HANDLERS, OpenAiJob::begin, OpenAiJob::finish),
    LLAMA_FACTORY("LLaMA-Factory", "llama-factory.keys", Set.of("model_name_or_path", "finetuning_type", "stage", "cutoff_len", "per_device_train_batch_size"),
            LlamaFactoryRecipe.HANDLERS, LlamaFactoryRecipe::begin, LlamaFactoryRecipe::finish),
    AXOLOTL("Axolotl", "axolotl.keys", Set.of("base_model", "datasets", "adapter", "pretraining_dataset"),
            AxolotlRecipe.HANDLERS, AxolotlRecipe::begin, AxolotlRecipe::finish);

    private final String words;
    private final KeyTable table;
    private final Set<String> marks;
    private final Map<String, Translation.Handler> handlers;
    private final Consumer<Translation> begin;
    private final Consumer<Translation> finish;

    /** @param marks keys of which one tells the format; no recipe of ours has them at its top */
    ForeignFormat(String words, String table, Set<String> marks, Map<String, Translation.Handler> handlers,
            Consumer<Translation> begin, Consumer<Translation> finish) {
        this.words = words;
        this.table = KeyTable.load(table);
        this.marks = marks;
        this.handlers = handlers;
        this.begin = begin;
        this.finish = finish;
    }

    static Optional<ForeignRecipe> read(Path file) {
        JsonNode root = RecipeFile.read(file);
        return of(root).map(format -> format.translate(file, root));
    }

    static Optional<ForeignFormat> of(JsonNode root) {
        return Arrays.stream(values()).filter(format -> format.marks.stream().anyMatch(root::has)).findFirst();
    }

    ForeignRecipe translate(Path file, JsonNode root) {
        Translation translation = new Translation(file, root, table, handlers);
        begin.accept(translation);
        translation.readAll("", "", root);
        finish.accept(translation);
        return translation.result(words);
    }

    String words() {
        return words;
    }

    KeyTable table() {
        return table;
    }

    Map<String, Translation.Handler> handlers() {
        return handlers;
    }
}
