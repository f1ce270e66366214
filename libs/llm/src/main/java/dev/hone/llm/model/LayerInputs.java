package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** What one or more linear modules read: X [tokens, inputs], and what a rounding of their weights does to their outputs. */
public final class LayerInputs implements AutoCloseable {
    /** Tokens on which output errors are measured: enough for an estimate, few enough to be quick. */
    private static final int SAMPLED_TOKENS = 512;

    private final NDManager manager;
    private final TorchProgram program;
    private final TensorList pieces;
    private final NDArray sample;
    private final float[] statistics;
    private final int inputs;
    private NDArray secondMoments;
    private NDArray order;
    private final Map<Double, Optional<Factor>> factors = new HashMap<>();

    LayerInputs(NDManager manager, TorchProgram program, List<NDArray> pieces) {
        this.manager = manager;
        this.program = program;
        this.pieces = TensorList.of(pieces);
        this.inputs = (int) pieces.getFirst().getShape().get(1);
        this.sample = program.infer(manager, "gathered", this.pieces, SAMPLED_TOKENS).get(0);
        this.statistics = program.infer(manager, "statistics", this.pieces).get(0).toFloatArray();
    }

    /** Mean square of each input. */
    public float[] moments() {
        return Arrays.copyOfRange(statistics, 0, inputs);
    }

    /** Mean magnitude of each input. */
    public float[] magnitudes() {
        return Arrays.copyOfRange(statistics, inputs, 2 * inputs);
    }

    /** Largest magnitude of each input. */
    public float[] maxima() {
        return Arrays.copyOfRange(statistics, 2 * inputs, 3 * inputs);
    }

    /**
     * What rounding loses.
     *
     * @param lost |round(X / s)·Qᵀ − X·Wᵀ|², squared Frobenius norm
     * @param whole |X·Wᵀ|²
     */
    public record Loss(double lost, double whole) {
        /** Nothing lost of nothing is no error. */
        public double relative() {
            return lost == 0 ? 0 : lost / whole;
        }
    }

    /**
     * @param scales s, by which each input is divided; null: ones
     * @param weights W [outputs, inputs], row-major
     * @param rounded Q, what W or, with scales, W·s was rounded to
     * @param activationBits to which each token is rounded; 0: not at all
     */
    public Loss loss(float[] scales, float[] weights, float[] rounded, int activationBits) {
        try (NDManager scope = manager.newSubManager()) {
            Shape shape = new Shape(weights.length / inputs, inputs);
            NDArray s = scales == null ? scope.ones(new Shape(1)) : scope.create(scales);
            double[] loss = program.infer(scope, "lost", sample, s, scope.create(weights, shape), scope.create(rounded, shape), activationBits).get(0).toDoubleArray();
            return new Loss(loss[0], loss[1]);
        }
    }

    /** (H + damping)⁻¹ as a triangular factor, H the second moments of the inputs with the most active ones first. */
    public static final class Factor {
        private final NDArray upper;

        private Factor(NDArray upper) {
            this.upper = upper;
        }
    }

    /** @param damping times the mean of H's diagonal; empty where that is too little for H to have an inverse */
    public Optional<Factor> factor(double damping) {
        return factors.computeIfAbsent(damping, this::factored);
    }

    private Optional<Factor> factored(double damping) {
        if (secondMoments == null) {
            secondMoments = program.infer(manager, "second_moments", pieces).get(0);
            float[] moments = moments();
            order = manager.create(IntStream.range(0, inputs).boxed().sorted(Comparator.comparingDouble(i -> -moments[i])).mapToLong(i -> i).toArray());
        }
        NDList made = program.infer(manager, "inverse_factor", secondMoments, order, damping);
        try (NDArray failed = made.get(1)) {
            if (failed.getInt() == 0) {
                return Optional.of(new Factor(made.get(0)));
            }
            made.get(0).close();
            return Optional.empty();
        }
    }

    /**
     * GPTQ's codes for a matrix whose scales are chosen.
     *
     * @param weights [outputs, inputs]
     * @param scales [outputs, inputs / group], above zero
     * @param zeroPoints as many
     * @param low smallest code
     * @param high largest code
     * @return [outputs, inputs]
     */
    public byte[] gptq(Factor factor, float[] weights, float[] scales, float[] zeroPoints, int group, int low, int high) {
        try (NDManager scope = manager.newSubManager()) {
            int outputs = weights.length / inputs;
            Shape grouped = new Shape(outputs, inputs / group);
            NDArray groupOf = scope.create(IntStream.range(0, inputs).mapToLong(i -> i / group).toArray());
            NDArray codes = program.infer(scope, "gptq", scope.create(weights, new Shape(outputs, inputs)), factor.upper, scope.create(scales, grouped),
                    scope.create(zeroPoints, grouped), groupOf, order, low, high).get(0);
            return codes.toByteArray();
        }
    }

    @Override
    public void close() {
        pieces.close();
        manager.close();
    }
}
