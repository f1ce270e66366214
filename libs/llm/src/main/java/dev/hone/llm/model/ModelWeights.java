package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads a model's weights into the list that the program wants. */
public final class ModelWeights {
    private ModelWeights() {}

    /**
     * Every weight, in the program's order, as {@code precision}.
     *
     * @throws FormatException if a weight is missing or has another shape than config.json says
     */
    public static List<NDArray> plain(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        List<NDArray> weights = new ArrayList<>();
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            weights.add(tensor(manager, program, values(source, weight), weight.shape(), precision));
        }
        return weights;
    }

    /** The values of one weight, its shape checked. */
    public static float[] values(WeightSource source, ModelLayout.Weight weight) {
        long[] found = source.info(weight.name()).dimensions();
        if (!Arrays.equals(found, weight.shape())) {
            throw new FormatException("Expected the shape " + Arrays.toString(weight.shape()) + " of " + weight.name()
                    + " from config.json, found " + Arrays.toString(found) + " in the weights. They belong to different models.");
        }
        return source.floats(weight.name());
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
