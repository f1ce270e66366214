package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A model in training: its weights, the part of them that learns, their gradients and AdamW's moments. Not thread-safe. */
final class Trainee implements AutoCloseable {
    /** Activations of fewer bytes than this are kept for the backward pass; of more they are computed a second time. */
    private static final long KEEP_ACTIVATIONS_BELOW = 2L << 30;

    private final NDManager manager;
    private final ModelConfig config;
    private final Precision precision;
    private final TorchProgram program;
    private final List<Parameter> parameters;
    private final TensorList weights;
    private final TensorList adapter;
    private final TensorList gradients;
    private final TensorList learning;
    private final List<Group> groups;
    private final boolean recomputes;
    private final NDArray cos;
    private final NDArray sin;

    /** One tensor that learns, f32, and what the optimizer knows of it; {@code steps} is a scalar as the kernel wants it. */
    record Parameter(String name, NDArray value, NDArray gradient, NDArray firstMoment, NDArray secondMoment, NDArray steps) {
        static Parameter of(NDManager manager, String name, NDArray value) {
            return new Parameter(name, value, manager.zeros(value.getShape()), manager.zeros(value.getShape()), manager.zeros(value.getShape()), manager.create(0f));
        }
    }

    /** Parameters with a common weight decay. */
    private record Group(double decay, TensorList values, TensorList gradients, TensorList first, TensorList second, TensorList steps) implements AutoCloseable {
        static Group of(double decay, List<Parameter> ps) {
            return new Group(decay, list(ps.stream().map(Parameter::value)), list(ps.stream().map(Parameter::gradient)),
                    list(ps.stream().map(Parameter::firstMoment)), list(ps.stream().map(Parameter::secondMoment)), list(ps.stream().map(Parameter::steps)));
        }

        private static TensorList list(java.util.stream.Stream<NDArray> tensors) {
            return TensorList.of(tensors.toList());
        }

        @Override
        public void close() {
            List.of(values, gradients, first, second, steps).forEach(TensorList::close);
        }
    }

    /**
     * @param manager owns every tensor and is closed with the trainee
     * @param names of the tensors that learn, in the order of {@code adapter}, or of {@code weights} where that is empty;
     *     null where the program's list holds a placeholder
     * @param recomputes whether layers are always computed a second time in the backward pass, and not only when their
     *     activations are large
     */
    Trainee(NDManager manager, ModelConfig config, Precision precision, TorchProgram program, List<NDArray> weights, List<NDArray> adapter, List<String> names, double weightDecay, boolean recomputes) {
        this.manager = manager;
        this.config = config;
        this.precision = precision;
        this.program = program;
        this.recomputes = recomputes;
        this.weights = TensorList.of(weights);
        this.adapter = TensorList.of(adapter);
        List<NDArray> values = adapter.isEmpty() ? weights : adapter;
        List<NDArray> inProgramOrder = new ArrayList<>();
        this.parameters = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            if (names.get(i) == null) {
                inProgramOrder.add(ModelProgram.none(manager));
            } else {
                Parameter parameter = Parameter.of(manager, names.get(i), values.get(i));
                parameters.add(parameter);
                inProgramOrder.add(parameter.gradient());
            }
        }
        this.gradients = TensorList.of(inProgramOrder);
        this.learning = TensorList.of(parameters.stream().map(Parameter::gradient).toList());
        // norms are scales around 1: decaying them towards 0 is not regularization
        this.groups = IntStream.of(2, 1)
                .mapToObj(dimensions -> Group.of(dimensions == 2 ? weightDecay : 0, parameters.stream().filter(p -> p.value().getShape().dimension() == dimensions).toList()))
                .filter(group -> group.values().size() > 0).toList();
        NDArray[] rotary = ModelProgram.rotary(manager, config, config.maxPositionEmbeddings());
        this.cos = program.train(manager, "cast", rotary[0], precision.code()).get(0);
        this.sin = program.train(manager, "cast", rotary[1], precision.code()).get(0);
    }

    List<Parameter> parameters() {
        return parameters;
    }

    /** Tokens that the model reads at most. */
    int contextLength() {
        return config.maxPositionEmbeddings();
    }

    long trainableParameters() {
        return parameters.stream().mapToLong(p -> p.value().size()).sum();
    }

    /**
     * Adds the gradient of one micro batch's loss.
     *
     * @param scale one over the labelled tokens of the whole step, so that accumulating micro batches and one large batch
     *     give the same gradient
     * @param seed of the dropout masks; different for every micro batch
     * @return summed loss in nats
     */
    double accumulate(Batch batch, double scale, long seed) {
        if (batch.labels().length == 0) {
            return 0;
        }
        try (NDManager scope = manager.newSubManager()) {
            return program.train(scope, "step", ModelProgram.tokens(scope, batch.tokens()), scope.create(batch.positions()), scope.create(batch.labels()),
                    weights, adapter, gradients, cos, sin, scale, seed, recompute(batch)).get(0).getDouble();
        }
    }

    /** Layers whose activations, or whose dequantized weights, should not all be held at once are computed a second time. */
    private boolean recompute(Batch batch) {
        if (recomputes) {
            return true;
        }
        long perTokenAndLayer = 14L * config.hiddenSize() + 5L * config.intermediateSize() + 3L * config.numAttentionHeads() * Math.min(batch.tokens()[0].length, 512);
        return batch.cells() * perTokenAndLayer * config.numHiddenLayers() * (precision == Precision.F32 ? 4 : 2) > KEEP_ACTIVATIONS_BELOW;
    }

    /** Clips the accumulated gradient and returns its norm before; does not change any weight yet. */
    double clip(double maxNorm) {
        try (NDManager scope = manager.newSubManager()) {
            return program.train(scope, "clip", learning, maxNorm).get(0).getFloat();
        }
    }

    /** One AdamW step with the accumulated gradient, which is cleared. */
    void update(double learningRate, TrainingRecipe recipe) {
        try (NDManager scope = manager.newSubManager()) {
            for (Group g : groups) {
                program.train(scope, "adamw", g.values(), g.gradients(), g.first(), g.second(), g.steps(),
                        learningRate, recipe.adamBeta1(), recipe.adamBeta2(), g.decay(), recipe.adamEpsilon());
            }
        }
    }

    /** Forgets the accumulated gradient. */
    void discardGradient() {
        parameters.forEach(p -> program.train(manager, "clear", p.gradient()).get(0).close());
    }

    Score score(Batch batch) {
        try (NDManager scope = manager.newSubManager()) {
            double[] s = program.infer(scope, "score", ModelProgram.tokens(scope, batch.tokens()), scope.create(batch.positions()), scope.create(batch.labels()),
                    weights, adapter, cos, sin).get(0).toDoubleArray();
            return new Score(s[0], (long) s[1], (long) s[2]);
        }
    }

    /** Overwrites a tensor's values in place, so that the lists that hold it see them. */
    void fill(NDArray tensor, float[] values) {
        try (NDManager scope = manager.newSubManager()) {
            NDArray source = scope.create(values, tensor.getShape());
            program.train(scope, "fill", tensor, source);
        }
    }

    static float[] floats(NDArray tensor) {
        if (tensor.getDataType() != DataType.FLOAT32) {
            throw new IllegalStateException("What trains is f32; found " + tensor.getDataType() + ".");
        }
        return tensor.toFloatArray();
    }

    @Override
    public void close() {
        List.of(weights, adapter, gradients, learning).forEach(TensorList::close);
        groups.forEach(Group::close);
        program.close();
        manager.close();
    }
}
