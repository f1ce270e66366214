package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelTraits;
import dev.hone.llm.model.Batch;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.Score;
import java.util.Arrays;

/** One micro batch's way through the layers and back. Its tensors are freed with it. */
final class Pass implements AutoCloseable {
    /** A seed so far below zero that every layer's is. */
    static final long WITHOUT_DROPOUT = -1L << 40;

    private final Trainee trainee;
    private final TorchProgram program;
    private final Batch batch;
    private final long seed;
    private final boolean recompute;
    private final NDManager scope;
    private final NDArray tokens;
    private final NDArray positions;
    private final NDArray labels;
    private final long[] spans;
    private final NDList turns;
    private final long[] kinds;
    private final NDArray[] inputs;
    private final NDArray[] outputs;

    /**
     * @param program computes the model that learns
     * @param recompute whether a layer's graph is built when it is walked backwards, and not kept from the way there
     */
    Pass(Trainee trainee, Batch batch, TorchProgram program, long seed, boolean recompute) {
        this.trainee = trainee;
        this.program = program;
        this.batch = batch;
        this.seed = seed;
        this.recompute = recompute;
        this.scope = trainee.manager().newSubManager();
        this.tokens = ModelProgram.tokens(scope, batch.filled());
        this.positions = scope.create(batch.positions());
        this.labels = scope.create(batch.labels());
        this.spans = batch.spans();
        this.turns = program.train(scope, "turns", trainee.rotations().upTo(batch.longest()), spans);
        this.kinds = trainee.rotations().kinds();
        this.inputs = new NDArray[trainee.model().config().numHiddenLayers()];
        this.outputs = new NDArray[inputs.length];
    }

    /** Forward, loss and backward; every label counts {@code share}. Returns the summed loss in nats. */
    double learn(float share) {
        NDArray last = forward();
        float[] shares = new float[batch.labels().length];
        Arrays.fill(shares, share);
        return backward(last, shares);
    }

    Score score() {
        return Score.of(guesses(forward()));
    }

    /** The model with what learns; keeps what the way back needs. Returns the last layer's output [N,D]. */
    NDArray forward() {
        NDArray x = embed(program, trainee.model().weights(), trainee.noise());
        for (int layer = 0; layer < inputs.length; layer++) {
            NDList passed = layer(program, trainee.model().weights(), trainee.adapter(layer), layer, x, seed(layer), !recompute);
            inputs[layer] = passed.get(0);
            outputs[layer] = passed.get(1);
            if (recompute || layer == 0) {
                x.close();
            }
            x = outputs[layer];
        }
        return x;
    }

    /** The same with other weights and without adapter, dropout and rounding; keeps nothing. */
    NDArray forward(LayerWeights weights) {
        TorchProgram plain = trainee.model().programs().plain();
        NDArray x = embed(plain, weights, 0);
        for (int layer = 0; layer < inputs.length; layer++) {
            NDList passed = layer(plain, weights, trainee.none(), layer, x, WITHOUT_DROPOUT, false);
            passed.get(0).close();
            x.close();
            x = passed.get(1);
        }
        return x;
    }

    private NDList layer(TorchProgram computing, LayerWeights weights, TensorList adapter, int layer, NDArray x, long layerSeed, boolean keep) {
        return computing.train(scope, "forward_layer", x, weights.layer(layer), adapter, cos(layer), sin(layer), spans, window(layer), layerSeed, keep);
    }

    private NDArray embed(TorchProgram computing, LayerWeights weights, double noise) {
        double alpha = seed < 0 ? 0 : noise;
        return computing.train(scope, "embed_noisily", tokens, weights.others().get(Trainee.EMBEDDING), trainee.model().precision().code(), spans, alpha, seed(inputs.length)).get(0);
    }

    /** @return [2,M]: negative log-likelihoods of the labels, and ones where they were the likeliest */
    float[] guesses(NDArray last) {
        return guesses(program, last, trainee.model().weights());
    }

    /** The same of what {@link #forward(LayerWeights)} gave. */
    float[] guesses(NDArray last, LayerWeights weights) {
        return guesses(trainee.model().programs().plain(), last, weights);
    }

    private float[] guesses(TorchProgram computing, NDArray last, LayerWeights weights) {
        try (NDArray guesses = computing.train(scope, "head_score", last, positions, labels, weights.others().get(Trainee.NORM), weights.others().get(Trainee.HEAD)).get(0)) {
            return guesses.toFloatArray();
        }
    }

    /**
     * Adds the gradient of sum(share · -log p(label)), from the head back to the embedding.
     *
     * @param last what {@link #forward()} gave
     * @return the summed -log p in nats
     */
    double backward(NDArray last, float[] shares) {
        TensorList others = trainee.model().weights().others();
        NDList head = program.train(scope, "head_step", last, positions, labels, scope.create(shares), others.get(Trainee.NORM), others.get(Trainee.HEAD),
                trainee.otherGradient(Trainee.NORM), trainee.otherGradient(Trainee.HEAD));
        double loss = head.get(0).getDouble();
        NDArray g = head.get(1);
        for (int layer = inputs.length - 1; layer >= 0; layer--) {
            NDArray before = program.train(scope, "backward_layer", inputs[layer], recompute ? inputs[layer] : outputs[layer], g, trainee.model().weights().layer(layer), trainee.adapter(layer),
                    trainee.trained(layer), trainee.gradients(layer), cos(layer), sin(layer), spans, window(layer), seed(layer), recompute).get(0);
            g.close();
            inputs[layer].close();
            if (!recompute) {
                outputs[layer].close();
            }
            g = before;
        }
        if (trainee.otherGradient(Trainee.EMBEDDING).size() > 0) {
            program.train(scope, "embed_backward", g, tokens, trainee.otherGradient(Trainee.EMBEDDING));
        }
        return loss;
    }

    private NDArray cos(int layer) {
        return turns.get((int) (kinds[layer] / 2 * 2));
    }

    private NDArray sin(int layer) {
        return turns.get((int) (kinds[layer] / 2 * 2) + 1);
    }

    private int window(int layer) {
        ModelTraits traits = trainee.model().config().traits();
        return traits.layers().get(layer).slides() ? traits.slidingWindow() : 0;
    }

    private long seed(int layer) {
        return seed + 4L * layer;
    }

    @Override
    public void close() {
        scope.close();
    }
}
