package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.Matrix;
import dev.hone.llm.model.ModelLayout;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Linear modules of a layer that read the same input, one under the other: one product for all of them.
 *
 * @param bias [out] of all of them, zero where a module has none; empty if none has
 * @param roundsInputs whether each row of x is rounded to int8 before the product
 */
record Projection(Kind kind, Matrix matrix, Optional<float[]> bias, boolean roundsInputs) {
    /** Which modules, by their numbers in {@link ModelLayout#linear}. */
    enum Kind {
        QKV(0, 1, 2), OUTPUT(3), GATE_UP(4, 5), DOWN(6);

        private final int[] numbers;

        Kind(int... numbers) {
            this.numbers = numbers;
        }

        /** Those that the model has: where it is fused, the first stands for all. */
        List<ModelLayout.Weight> modules(ModelConfig config, int layer) {
            return IntStream.of(numbers).mapToObj(n -> ModelLayout.linear(config, layer, n)).flatMap(Optional::stream).toList();
        }

        List<ModelLayout.Weight> biases(ModelConfig config, int layer) {
            List<ModelLayout.Weight> places = ModelLayout.layer(config, layer);
            return IntStream.of(numbers).filter(n -> ModelLayout.linear(config, layer, n).isPresent()).mapToObj(n -> places.get(ModelLayout.placeOfBias(n))).toList();
        }
    }
}
