package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads a model's weights into the lists that the program wants. */
public final class ModelWeights {
    private ModelWeights() {}

    /**
     * Every place of the program's list, linear modules plain.
     *
     * @throws FormatException if a weight is missing or has another shape than config.json says
     */
    public static List<NDArray> plain(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        List<NDArray> weights = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            for (ModelLayout.Weight place : ModelLayout.layer(config, layer)) {
                weights.add(tensor(manager, program, config, source, place, precision));
            }
        }
        weights.addAll(others(manager, program, config, source, precision));
        return weights;
    }

    /** Final norm, embedding and, unless tied, the head. */
    public static List<NDArray> others(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        return ModelLayout.others(config).stream().map(place -> tensor(manager, program, config, source, place, precision)).toList();
    }

    /** The tensor of one place, zero elements where the model leaves it empty. */
    public static NDArray tensor(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, ModelLayout.Weight place, Precision precision) {
        if (!place.isThere()) {
            return ModelProgram.none(manager);
        }
        Precision wanted = precisionOf(config, place, precision);
        Optional<ByteBuffer> stored = wanted == Precision.BF16 && source.contains(place.name()) ? source.bf16(place.name()) : Optional.empty();
        if (stored.isPresent()) {
            requireShape(source, place);
            // as f16, because DJL knows no bf16; no value is looked at before the bits are taken for what they are
            try (NDArray bits = manager.create(stored.get(), new Shape(place.shape()), DataType.FLOAT16)) {
                return program.train(manager, "as_bf16", bits).get(0);
            } finally {
                source.unload(place.name());
            }
        }
        return tensor(manager, program, config, place, values(source, place), precision);
    }

    /** The tensor of one place from values as a file has them. */
    static NDArray tensor(NDManager manager, TorchProgram program, ModelConfig config, ModelLayout.Weight place, float[] values, Precision precision) {
        return tensor(manager, program, inProgram(config, place, values), place.shape(), precisionOf(config, place, precision));
    }

    /** A norm that multiplies by 1 + its weight needs the digits that bf16 would lose. */
    private static Precision precisionOf(ModelConfig config, ModelLayout.Weight place, Precision precision) {
        return config.traits().normAddsOne() && place.role() == ModelLayout.Role.NORM ? Precision.F32 : precision;
    }

    /** The values of one weight as its file has them, the shape checked. */
    public static float[] values(WeightSource source, ModelLayout.Weight weight) {
        requireShape(source, weight);
        return source.floats(weight.name());
    }

    /** @throws FormatException if the weight is missing or has another shape than config.json says */
    public static void requireShape(WeightSource source, ModelLayout.Weight weight) {
        long[] found = source.info(weight.name()).dimensions();
        if (!Arrays.equals(found, weight.shape())) {
            throw new FormatException("Expected the shape " + Arrays.toString(weight.shape()) + " of " + weight.name()
                    + " from config.json, found " + Arrays.toString(found) + " in the weights. They belong to different models.");
        }
    }

    /** A file's values as the program wants them: the 1 that some norms add is in the weight there. */
    public static float[] inProgram(ModelConfig config, ModelLayout.Weight weight, float[] values) {
        return shifted(config, weight, values, 1);
    }

    /** The program's values as a file has them. */
    public static float[] inFile(ModelConfig config, ModelLayout.Weight weight, float[] values) {
        return shifted(config, weight, values, -1);
    }

    private static float[] shifted(ModelConfig config, ModelLayout.Weight weight, float[] values, float by) {
        if (!config.traits().normAddsOne() || weight.role() != ModelLayout.Role.NORM) {
            return values;
        }
        float[] shifted = values.clone();
        for (int i = 0; i < shifted.length; i++) {
            shifted[i] += by;
        }
        return shifted;
    }

    /** A tensor that may take part in training. */
    public static NDArray tensor(NDManager manager, TorchProgram program, float[] values, long[] shape, Precision precision) {
        NDArray f32 = manager.create(values, new Shape(shape));
        if (precision == Precision.F32) {
            return f32;
        }
        NDArray cast = program.train(manager, "cast", f32, precision.code()).get(0);
        f32.close();
        return cast;
    }
}
