package dev.hone.llm.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.nf4.Nf4Matrix;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The frozen weights under an adapter, in the program's order. Embedding, output head and norms are in the compute type;
 * the linear modules are too, or rounded to NF4.
 */
public enum LoraBase {
    /** As in the model, cast to the compute type. */
    PLAIN(1),
    /** Stored in NF4 and dequantized by the program layer by layer, so that memory holds one layer's dequantized weights. */
    NF4(4),
    /** Rounded through NF4 and kept dequantized: the same numbers as {@link #NF4}, faster where memory is plenty. */
    NF4_DEQUANTIZED(1);

    private final int slot;

    LoraBase(int slot) {
        this.slot = slot;
    }

    /** Tensors per linear module in the program's list. */
    public int slot() {
        return slot;
    }

    public List<NDArray> load(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        List<NDArray> weights = new ArrayList<>();
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            float[] values = ModelWeights.values(source, weight);
            if (!weight.linear() || this == PLAIN) {
                weights.add(ModelWeights.tensor(manager, program, values, weight.shape(), precision));
            } else {
                addRounded(weights, manager, program, Nf4.quantize(values, (int) weight.shape()[0], (int) weight.shape()[1]), precision);
            }
        }
        if (this == NF4) {
            weights.add(manager.create(pairs(), new Shape(256, 2)));
            weights.add(manager.create(Nf4.absmaxMap()));
        }
        return weights;
    }

    private void addRounded(List<NDArray> weights, NDManager manager, TorchProgram program, Nf4Matrix m, Precision precision) {
        if (this == NF4_DEQUANTIZED) {
            weights.add(ModelWeights.tensor(manager, program, m.dequantize(), new long[] {m.out(), m.in()}, precision));
            return;
        }
        weights.add(bytes(manager, m.codes(), new Shape(m.out(), m.in() / 2)));
        weights.add(bytes(manager, m.absmax(), new Shape(m.absmax().length)));
        weights.add(manager.create(m.scales()));
        weights.add(manager.create(m.offset()));
    }

    private static NDArray bytes(NDManager manager, byte[] values, Shape shape) {
        return manager.create(ByteBuffer.wrap(values), shape, DataType.UINT8);
    }

    /** Both NF4 values of every byte: [256, 2]. */
    private static float[] pairs() {
        float[] values = Nf4.values();
        float[] pairs = new float[512];
        for (int b = 0; b < 256; b++) {
            pairs[2 * b] = values[b >> 4];
            pairs[2 * b + 1] = values[b & 0xF];
        }
        return pairs;
    }
}
