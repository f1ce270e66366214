package dev.hone.llm.bridge;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;

/**
 * A list of tensors as a program's argument. Making one costs a call per tensor, so weights are wrapped once and passed
 * many times. It does not own its tensors: their manager does.
 */
public final class TensorList implements AutoCloseable {
    private final NDList tensors;
    private final IValue value;

    private TensorList(NDList tensors) {
        this.tensors = tensors;
        this.value = IValue.listFrom(tensors.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }

    public static TensorList of(List<NDArray> tensors) {
        return new TensorList(new NDList(tensors));
    }

    public int size() {
        return tensors.size();
    }

    public NDArray get(int index) {
        return tensors.get(index);
    }

    public List<NDArray> tensors() {
        return List.copyOf(tensors);
    }

    IValue value() {
        return value;
    }

    @Override
    public void close() {
        value.close();
    }
}
