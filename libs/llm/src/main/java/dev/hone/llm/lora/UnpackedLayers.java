package dev.hone.llm.lora;

import ai.djl.ndarray.NDArray;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.Precision;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A base of which one layer at a time is unpacked, always into the same tensors: memory holds one layer's weights as the
 * matrix products want them. A graph that was built on one layer may be walked backwards once that layer is unpacked again.
 */
final class UnpackedLayers implements LayerWeights {
    /** What a place of a layer holds: a matrix to unpack into its tensor, or null where the tensor is as it is. */
    record Place(NDArray tensor, PackedMatrix packed) {}

    private final List<List<Place>> layers;
    private final List<TensorList> lists;
    private final TensorList others;
    private final Precision precision;
    private int unpacked = -1;

    UnpackedLayers(List<List<Place>> layers, List<NDArray> others, Precision precision) {
        this.layers = layers;
        this.lists = layers.stream().map(places -> TensorList.of(places.stream().map(Place::tensor).toList())).toList();
        this.others = TensorList.of(List.of(others.get(0), others.get(1), others.get(others.size() - 1)));
        this.precision = precision;
    }

    @Override
    public TensorList layer(int layer) {
        if (layer != unpacked) {
            for (Place place : layers.get(layer)) {
                if (place.packed != null) {
                    place.packed.unpack(MemorySegment.ofBuffer(place.tensor.toByteBuffer(true)), precision == Precision.BF16);
                }
            }
            unpacked = layer;
        }
        return lists.get(layer);
    }

    @Override
    public TensorList others() {
        return others;
    }

    @Override
    public void close() {
        lists.forEach(TensorList::close);
        others.close();
    }
}
