package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import dev.hone.llm.bridge.TensorList;
import java.util.List;

/** A model's weights as a walk through its layers reads them. Not thread-safe. */
public interface LayerWeights extends AutoCloseable {
    /** A layer's places in the program's order. The list may be overwritten when another layer is asked for. */
    TensorList layer(int layer);

    /** Final norm, embedding and head; the last two are the same tensor where they are tied. */
    TensorList others();

    @Override
    void close();

    /** Weights that all lie in memory as the program reads them. */
    static LayerWeights resident(List<List<NDArray>> layers, List<NDArray> others) {
        List<TensorList> lists = layers.stream().map(TensorList::of).toList();
        TensorList rest = TensorList.of(List.of(others.get(0), others.get(1), others.get(others.size() - 1)));
        return new LayerWeights() {
            @Override
            public TensorList layer(int layer) {
                return lists.get(layer);
            }

            @Override
            public TensorList others() {
                return rest;
            }

            @Override
            public void close() {
                lists.forEach(TensorList::close);
                rest.close();
            }
        };
    }

    /** The same layers under another norm, embedding and head; closes what is its own. */
    default LayerWeights with(List<NDArray> others) {
        LayerWeights layers = this;
        TensorList rest = TensorList.of(List.of(others.get(0), others.get(1), others.get(others.size() - 1)));
        return new LayerWeights() {
            @Override
            public TensorList layer(int layer) {
                return layers.layer(layer);
            }

            @Override
            public TensorList others() {
                return rest;
            }

            @Override
            public void close() {
                rest.close();
            }
        };
    }
}
