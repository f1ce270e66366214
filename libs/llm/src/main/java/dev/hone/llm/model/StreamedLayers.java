package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.util.ArrayList;
import java.util.List;

/** Weights of which one layer at a time is read from its files, and may be changed there: a model larger than memory can be walked through. */
public final class StreamedLayers implements LayerWeights {
    private final NDManager manager;
    private final TorchProgram program;
    private final ModelConfig config;
    private final WeightSource source;
    private final Precision precision;
    private final TensorList others;
    private NDManager scope;
    private List<NDArray> tensors;
    private TensorList list;
    private int loaded = -1;

    /** @param manager owns what stays: embedding, final norm and head */
    public StreamedLayers(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        this.manager = manager;
        this.program = program;
        this.config = config;
        this.source = source;
        this.precision = precision;
        List<NDArray> rest = ModelWeights.others(manager, program, config, source, precision);
        this.others = TensorList.of(List.of(rest.get(0), rest.get(1), rest.getLast()));
    }

    @Override
    public TensorList layer(int layer) {
        if (layer != loaded) {
            free();
            scope = manager.newSubManager();
            tensors = new ArrayList<>();
            ModelLayout.layer(config, layer).forEach(place -> tensors.add(ModelWeights.tensor(scope, program, config, source, place, precision)));
            list = TensorList.of(tensors);
            loaded = layer;
        }
        return list;
    }

    /**
     * Puts other values in a place of the layer that was asked for last.
     *
     * @param place its number in {@link ModelLayout#layer}
     * @param values as the file has them
     */
    public void replace(int place, float[] values) {
        ModelLayout.Weight weight = ModelLayout.layer(config, loaded).get(place);
        tensors.get(place).close();
        tensors.set(place, ModelWeights.tensor(scope, program, config, weight, values, precision));
        list.close();
        list = TensorList.of(tensors);
    }

    @Override
    public TensorList others() {
        return others;
    }

    private void free() {
        if (scope != null) {
            list.close();
            scope.close();
            scope = null;
        }
    }

    @Override
    public void close() {
        free();
        others.close();
    }
}
