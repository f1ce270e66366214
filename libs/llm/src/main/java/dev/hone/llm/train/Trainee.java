package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Precision;
import dev.hone.llm.model.Rotations;
import dev.hone.llm.model.Score;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A model in training: its weights, the part of them that learns, and the gradients of that part. Not thread-safe. */
final class Trainee implements AutoCloseable {
    /** Places of the weights after the layers. */
    static final int NORM = 0;
    static final int EMBEDDING = 1;
    static final int HEAD = 2;

    /** Where everything lies that a pass through the layers needs. */
    record Model(NDManager manager, ModelConfig config, Precision precision, Programs programs, LayerWeights weights) {}

    /**
     * How layers are computed.
     *
     * @param plain with weights and activations as they are
     * @param rounding as they will be once the model is quantized; the same program where nothing learns rounded
     */
    record Programs(TorchProgram plain, TorchProgram rounding) implements AutoCloseable {
        static Programs load(NDManager manager, ModelConfig config, ModelProgram.Variant variant, FakeQuantization fake) {
            TorchProgram plain = ModelProgram.load(manager, config, variant);
            return fake.isNone() ? new Programs(plain, plain)
                    : new Programs(plain, ModelProgram.load(manager, config, new ModelProgram.Variant(variant.slot(), variant.loraDropout(), fake.rounded())));
        }

        @Override
        public void close() {
            plain.close();
            if (rounding != plain) {
                rounding.close();
            }
        }
    }

    /**
     * What learns, by name.
     *
     * @param layers per layer the tensors that learn in it
     * @param others of final norm, embedding and head those that learn, by {@link #NORM} and so on; a tied head is the embedding
     */
    record Learning(List<Map<String, NDArray>> layers, Map<Integer, Map.Entry<String, NDArray>> others) {}

    private final Model model;
    private final LayerWeights reference;
    private final List<TensorList> adapters;
    private final List<TensorList> trained = new ArrayList<>();
    private final List<TensorList> gradients = new ArrayList<>();
    private final NDArray[] otherGradients = new NDArray[3];
    private final List<Parameter> parameters = new ArrayList<>();
    private final TensorList none;
    private final Rotations rotations;
    private final Passing passing;

    /**
     * How a pass is made.
     *
     * @param recompute whether layers are computed a second time in the backward pass; null: where their activations are
     *     larger than {@code keepBelow}
     * @param noise NEFTune's alpha
     * @param beta and
     * @param smoothing DPO's
     */
    record Passing(Boolean recompute, long keepBelow, double noise, double beta, double smoothing) {
        static Passing of(TrainingRecipe recipe, long keepBelow) {
            return new Passing(recipe.gradientCheckpointing(), keepBelow, recipe.neftuneNoiseAlpha(), recipe.rlBeta(), recipe.dpoLabelSmoothing());
        }
    }

    /**
     * @param model its manager owns every tensor and is closed with the trainee
     * @param reference the weights without what learns in them; the same as the model's where only adapters learn
     * @param adapters per layer the adapter's tensors in the program's order, or no layers
     */
    Trainee(Model model, LayerWeights reference, List<List<NDArray>> adapters, Learning learning, Passing passing) {
        this.model = model;
        this.reference = reference;
        this.passing = passing;
        this.none = TensorList.of(List.of());
        this.adapters = adapters.stream().map(TensorList::of).toList();
        this.rotations = new Rotations(model.manager, model.programs.plain, model.config, model.precision);
        for (Map<String, NDArray> layer : learning.layers) {
            List<NDArray> zeros = layer.entrySet().stream().map(e -> parameter(e.getKey(), e.getValue()).gradient()).toList();
            trained.add(TensorList.of(List.copyOf(layer.values())));
            gradients.add(TensorList.of(zeros));
        }
        for (int place : new int[] {NORM, EMBEDDING, HEAD}) {
            Map.Entry<String, NDArray> other = learning.others.get(place);
            otherGradients[place] = other == null ? ModelProgram.none(model.manager) : parameter(other.getKey(), other.getValue()).gradient();
        }
        if (model.config.tieWordEmbeddings()) {
            otherGradients[HEAD] = otherGradients[EMBEDDING];
        }
    }

    private Parameter parameter(String name, NDArray value) {
        Parameter parameter = new Parameter(name, value, model.manager.zeros(value.getShape()));
        parameters.add(parameter);
        return parameter;
    }

    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    NDManager manager() {
        return model.manager;
    }

    Model model() {
        return model;
    }

    /** Tokens that the model reads at most. */
    int contextLength() {
        return model.config.maxPositionEmbeddings();
    }

    long trainableParameters() {
        return parameters.stream().mapToLong(p -> p.value().size()).sum();
    }

    /**
     * Adds the gradient of one micro batch's loss.
     *
     * @param scale one over {@link Batch#units} of the whole step, so that accumulating micro batches and one large batch
     *     give the same gradient
     * @param seed of the dropout masks, not negative; different for every micro batch
     * @param rounded whether what can be rounded in this model is
     * @return summed loss in nats
     */
    double accumulate(Batch batch, double scale, long seed, boolean rounded) {
        if (batch.labels().length == 0) {
            return 0;
        }
        try (Pass pass = new Pass(this, batch, rounded ? model.programs.rounding : model.programs.plain, seed, recomputes(batch))) {
            return batch.pairs() > 0 ? Preferences.accumulate(pass, reference, batch, scale, passing) : pass.learn((float) scale);
        }
    }

    double accumulate(Batch batch, double scale, long seed) {
        return accumulate(batch, scale, seed, true);
    }

    private boolean recomputes(Batch batch) {
        if (passing.recompute != null) {
            return passing.recompute;
        }
        return batch.cells() * Activations.bytesPerToken(model.config, model.precision, batch.longest()) > passing.keepBelow;
    }

    /** The loss of a batch without dropout, rounded if anything is, and how much of it was guessed; of pairs, the share whose chosen answer gained more. */
    Score score(Batch batch) {
        if (batch.labels().length == 0) {
            return Score.NONE;
        }
        try (Pass pass = new Pass(this, batch, model.programs.rounding, Pass.WITHOUT_DROPOUT, true)) {
            return batch.pairs() > 0 ? Preferences.score(pass, reference, batch, passing) : pass.score();
        }
    }

    TensorList adapter(int layer) {
        return adapters.isEmpty() ? none : adapters.get(layer);
    }

    TensorList none() {
        return none;
    }

    TensorList trained(int layer) {
        return trained.isEmpty() ? none : trained.get(layer);
    }

    TensorList gradients(int layer) {
        return gradients.isEmpty() ? none : gradients.get(layer);
    }

    NDArray otherGradient(int place) {
        return otherGradients[place];
    }

    Rotations rotations() {
        return rotations;
    }

    double noise() {
        return passing.noise;
    }

    static float[] floats(NDArray tensor) {
        if (tensor.getDataType() != DataType.FLOAT32) {
            throw new IllegalStateException("What trains is f32; found " + tensor.getDataType() + ".");
        }
        return tensor.toFloatArray();
    }

    @Override
    public void close() {
        Stream.of(adapters, trained, gradients).flatMap(List::stream).forEach(TensorList::close);
        none.close();
        rotations.close();
        model.weights.close();
        if (reference != model.weights) {
            reference.close();
        }
        model.programs.close();
        model.manager.close();
    }
}
