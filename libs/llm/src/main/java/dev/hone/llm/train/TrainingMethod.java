package dev.hone.llm.train;

import dev.hone.llm.format.HoneJson;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** What trains, and what its output looks like; the loop is the same for all. */
sealed interface TrainingMethod permits TrainingMethod.Full, LoraMethod {
    Trainee load(Path base, TrainingRecipe recipe);

    /** @param values of the trainee's parameters, by name */
    void write(Path base, Path output, Map<String, float[]> values, TrainingRecipe recipe, String tokenizerSha256) throws IOException;

    static TrainingMethod of(TrainingRecipe recipe) {
        return recipe.isFull() ? new Full() : new LoraMethod();
    }

    /** Every weight trains; the output is a model. */
    record Full() implements TrainingMethod {
        @Override
        public Trainee load(Path base, TrainingRecipe recipe) {
            return FullWeights.load(base, recipe);
        }

        @Override
        public void write(Path base, Path output, Map<String, float[]> values, TrainingRecipe recipe, String tokenizerSha256) throws IOException {
            FullWeights.write(base, output, values, recipe);
            new HoneJson("full", recipe.computeDtype(), recipe.computeDtype(), tokenizerSha256).write(output);
        }
    }
}
