package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * Moves parameters by their accumulated gradients, as the recipe's {@code optimizer} says. Tensors of one dimension (norms,
 * magnitudes) are scales and not decayed: pulling them towards 0 is not regularization. Not thread-safe.
 */
final class Optimizer implements AutoCloseable {
    /** Tensors of fewer elements keep f32 state, as in bitsandbytes: they save nothing, and their blocks would be few. */
    private static final long EIGHT_BITS_FROM = 4096;

    /** Tensors of fewer elements keep their state on the device, as in bitsandbytes: moving it would cost more than it saves. */
    private static final long PAGED_FROM = 100_000;

    private static final String LORA_B = ".lora_B";
    private static final String MAGNITUDE = ".lora_magnitude_vector";

    private final NDManager manager;
    private final TorchProgram program;
    private final TensorList gradients;
    private final TensorList tables;
    private final List<ParameterGroup> groups = new ArrayList<>();
    private long steps;

    private Optimizer(NDManager manager, TrainingRecipe recipe, List<Parameter> parameters) {
        this.manager = manager;
        this.program = TorchProgram.load(manager, "Optimizers", source(), new LinkedHashMap<>());
        this.gradients = TensorList.of(parameters.stream().map(Parameter::gradient).toList());
        this.tables = EightBitTables.of(manager);
        Map<ParameterGroup.Traits, List<Parameter>> byTraits = new LinkedHashMap<>();
        for (Parameter parameter : parameters) {
            byTraits.computeIfAbsent(traits(recipe, parameter, byTraits.size()), t -> new ArrayList<>()).add(parameter);
        }
        byTraits.forEach((traits, members) -> groups.add(new ParameterGroup(manager, traits, members)));
    }

    /**
     * @param manager owns the optimizer's tensors and is closed with it
     * @param parameters stay where they are, and are moved in place
     */
    static Optimizer of(NDManager manager, TrainingRecipe recipe, List<Parameter> parameters) {
        try {
            return new Optimizer(manager, recipe, parameters);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    private ParameterGroup.Traits traits(TrainingRecipe recipe, Parameter parameter, int page) {
        UpdateRule rule = rule(recipe, parameter);
        boolean paged = recipe.optimizer().startsWith("paged_") && parameter.value().size() >= PAGED_FROM;
        double decay = parameter.value().getShape().dimension() < 2 ? 0 : recipe.weightDecay();
        return new ParameterGroup.Traits(rule, decay, rateFactor(recipe, parameter), paged, paged ? page : 0);
    }

    private UpdateRule rule(TrainingRecipe recipe, Parameter parameter) {
        if (recipe.optimizer().equals("sgd")) {
            return new UpdateRule.Sgd(recipe.sgdMomentum());
        }
        boolean eightBits = recipe.optimizer().endsWith("8bit") && parameter.value().size() >= EIGHT_BITS_FROM;
        return eightBits ? new UpdateRule.AdamW8bit(recipe.adamBeta1(), recipe.adamBeta2(), recipe.adamEpsilon(), tables)
                : new UpdateRule.AdamW(recipe.adamBeta1(), recipe.adamBeta2(), recipe.adamEpsilon());
    }

    /** LoRA+ (Hayou et al. 2024, arXiv:2402.12354): B begins at zero and learns best at a multiple of A's rate; PEFT gives DoRA's magnitudes that rate too. */
    private static double rateFactor(TrainingRecipe recipe, Parameter parameter) {
        return recipe.loraplusLrRatio() > 0 && (parameter.name().endsWith(LORA_B) || parameter.name().endsWith(MAGNITUDE)) ? recipe.loraplusLrRatio() : 1;
    }

    private static String source() {
        try (InputStream in = Optimizer.class.getResourceAsStream("optimizers.torchscript")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Scales the accumulated gradient to a global L2 norm of at most {@code maxNorm}, and returns the norm before; changes
     * no value yet.
     *
     * @param maxNorm 0 never clips
     */
    double clip(double maxNorm) {
        try (NDManager scope = manager.newSubManager()) {
            return program.train(scope, "clip", gradients, maxNorm).get(0).getFloat();
        }
    }

    /** Moves the values by the accumulated gradient, and clears that. */
    void step(double learningRate) {
        steps++;
        try (NDManager scope = manager.newSubManager()) {
            groups.forEach(group -> group.step(program, scope, steps, learningRate));
        }
    }

    /** Forgets the accumulated gradient. */
    void discard() {
        program.train(manager, "clear", gradients);
    }

    /** What the next steps depend on beside values and gradients, by the names that checkpoints give it; f32 and u8, flat. */
    SequencedMap<String, NDArray> state() {
        SequencedMap<String, NDArray> names = new LinkedHashMap<>();
        groups.forEach(group -> group.name(names));
        return names;
    }

    /** Goes on as if {@code done} steps were taken; whoever calls fills {@link #state()}. */
    void resumeAfter(long done) {
        steps = done;
    }

    /** Overwrites a tensor's values in place, so that the lists that hold it see them. */
    void fill(NDArray tensor, ByteBuffer values) {
        try (NDManager scope = manager.newSubManager()) {
            program.train(scope, "fill", tensor, scope.create(values, tensor.getShape(), tensor.getDataType()));
        }
    }

    @Override
    public void close() {
        groups.forEach(ParameterGroup::close);
        tables.close();
        gradients.close();
        program.close();
        manager.close();
    }
}
