package dev.hone.llm.train;

import java.nio.file.Path;

/**
 * What a run reads and writes.
 *
 * @param baseModel Hugging Face directory; without model.safetensors and with method full, training starts from random
 *     weights by the configuration's initializer_range
 * @param trainRows canonical JSONL
 * @param validationRows canonical JSONL, or null to train without validation
 * @param output directory for the adapter or, with method full, the model; made if missing
 * @param work directory for files of the running training; made if missing
 * @param fakeQuantization what is rounded while it learns; whole weights are then written as f32, so that rounding them
 *     afterwards gives the codes that were trained with
 */
public record FineTuneSpec(Path baseModel, Path trainRows, Path validationRows, Path output, Path work, TrainingRecipe recipe, FakeQuantization fakeQuantization) {
    public FineTuneSpec(Path baseModel, Path trainRows, Path validationRows, Path output, Path work, TrainingRecipe recipe) {
        this(baseModel, trainRows, validationRows, output, work, recipe, FakeQuantization.NONE);
    }
}
