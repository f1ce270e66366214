package dev.hone.llm.train;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Parameters that one rule moves in one call, with what it keeps of them. */
final class ParameterGroup implements AutoCloseable {
    private final Traits traits;
    private final List<Parameter> parameters;
    private final TensorList values;
    private final TensorList gradients;
    private final List<TensorList> state = new ArrayList<>();

    /**
     * What the parameters of a group have in common.
     *
     * @param rateFactor learning rate of this group over that of the step
     * @param paged whether the state lies in the host's memory, wherever the parameters do
     * @param page tells groups apart that are equal otherwise, so that not all of a paged state is on the device at once
     */
    record Traits(UpdateRule rule, double decay, double rateFactor, boolean paged, int page) {}

    /** @param manager owns the state */
    ParameterGroup(NDManager manager, Traits traits, List<Parameter> parameters) {
        this.traits = traits;
        this.parameters = List.copyOf(parameters);
        this.values = TensorList.of(parameters.stream().map(Parameter::value).toList());
        this.gradients = TensorList.of(parameters.stream().map(Parameter::gradient).toList());
        for (UpdateRule.Slot slot : traits.rule().slots()) {
            state.add(TensorList.of(parameters.stream().map(p -> zeros(manager, slot, p)).toList()));
        }
    }

    private NDArray zeros(NDManager manager, UpdateRule.Slot slot, Parameter parameter) {
        Device device = traits.paged() ? Device.cpu() : parameter.value().getDevice();
        return manager.zeros(new Shape(slot.entries(parameter.value().size())), slot.type(), device);
    }

    TensorList values() {
        return values;
    }

    TensorList gradients() {
        return gradients;
    }

    /** The tensors of one of the rule's slots, one per parameter, flat. */
    TensorList state(int slot) {
        return state.get(slot);
    }

    double decay() {
        return traits.decay();
    }

    void step(TorchProgram program, NDManager scope, long step, double learningRate) {
        traits.rule().apply(program, scope, this, step, learningRate * traits.rateFactor());
    }

    /** Adds the state's tensors under their names in checkpoints. */
    void name(Map<String, NDArray> names) {
        List<UpdateRule.Slot> slots = traits.rule().slots();
        for (int slot = 0; slot < slots.size(); slot++) {
            for (int i = 0; i < parameters.size(); i++) {
                names.put(parameters.get(i).name() + "." + slots.get(slot).suffix(), state.get(slot).get(i));
            }
        }
    }

    @Override
    public void close() {
        values.close();
        gradients.close();
        state.forEach(TensorList::close);
    }
}
