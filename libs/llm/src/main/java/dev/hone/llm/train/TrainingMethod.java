package dev.hone.llm.train;

import dev.hone.llm.format.HoneJson;
import dev.hone.llm.model.Precision;
import java.io.IOException;
import java.util.Map;

/** What trains, and what its output looks like; the loop is the same for all. */
sealed interface TrainingMethod permits TrainingMethod.Full, LoraMethod {
    Trainee load(FineTuneSpec spec);

    /** @param values of the trainee's parameters, by name */
    void write(FineTuneSpec spec, Map<String, float[]> values, String tokenizerSha256) throws IOException;

    static TrainingMethod of(TrainingRecipe recipe) {
        return recipe.isFull() ? new Full() : new LoraMethod();
    }

    /** Every weight trains; the output is a model. */
    record Full() implements TrainingMethod {
        @Override
        public Trainee load(FineTuneSpec spec) {
            return FullWeights.load(spec.baseModel(), spec.recipe(), spec.fakeQuantization());
        }

        @Override
        public void write(FineTuneSpec spec, Map<String, float[]> values, String tokenizerSha256) throws IOException {
            Precision stored = spec.fakeQuantization().isNone() ? Precision.of(spec.recipe().computeDtype()) : Precision.F32;
            FullWeights.write(spec.baseModel(), spec.output(), values, stored);
            new HoneJson("full", stored.label(), spec.recipe().computeDtype(), tokenizerSha256).write(spec.output());
        }
    }
}
