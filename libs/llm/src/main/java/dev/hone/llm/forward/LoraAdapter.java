package dev.hone.llm.forward;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.WeightMemory;
import dev.hone.llm.model.ModelLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** LoRA matrices (Hu et al. 2021, arXiv:2106.09685) of all layers; see {@link LoraStack}. */
final class LoraAdapter implements Adapter {
    private final Arena arena = Arena.ofShared();
    private final List<List<Optional<LoraStack>>> layers;
    private final long bytes;

    private LoraAdapter(ModelConfig config, AdapterFiles files) {
        List<List<List<LoraStack.Part>>> parts = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            List<List<LoraStack.Part>> stacks = new ArrayList<>();
            for (Projection.Kind kind : Projection.Kind.values()) {
                stacks.add(parts(config, files, layer, kind));
            }
            parts.add(stacks);
        }
        bytes = parts.stream().flatMap(List::stream).mapToLong(LoraStack::bytes).sum();
        // one piece, in the order in which a step reads it
        SegmentAllocator memory = SegmentAllocator.slicingAllocator(WeightMemory.allocate(arena, bytes));
        layers = parts.stream().map(stacks -> stacks.stream().map(stack -> stack.isEmpty() ? Optional.<LoraStack>empty() : Optional.of(LoraStack.of(stack, memory))).toList()).toList();
    }

    /** @throws FormatException if it was made for another model, or does what cannot be done beside a base */
    static LoraAdapter of(ModelConfig config, AdapterFiles files) {
        requireBesideBase(files);
        requireFit(config, files);
        return new LoraAdapter(config, files);
    }

    private static void requireBesideBase(AdapterFiles files) {
        if (files.pairs().values().stream().anyMatch(AdapterFiles.Pair::isDora)) {
            throw new FormatException("The adapter uses DoRA, which scales the base's own outputs and cannot be computed beside a base that others share. Serve it merged with its base.");
        }
        if (!files.saved().isEmpty()) {
            throw new FormatException("The adapter brings whole weights of its own (" + String.join(", ", files.saved().keySet())
                    + "), which cannot stand beside those of a base that others share. Serve it merged with its base.");
        }
    }

    private static void requireFit(ModelConfig config, AdapterFiles files) {
        Set<String> left = new HashSet<>(files.pairs().keySet());
        for (ModelLayout.Weight weight : ModelLayout.weights(config)) {
            if (weight.linear() && left.remove(weight.module())) {
                AdapterFiles.Pair pair = files.pairs().get(weight.module());
                if (pair.out() != weight.shape()[0] || pair.in() != weight.shape()[1]) {
                    throw new FormatException("The adapter's " + weight.module() + " maps " + pair.in() + " to " + pair.out() + " values, the base model's "
                            + weight.shape()[1] + " to " + weight.shape()[0] + ": it was trained on another model.");
                }
            }
        }
        if (!left.isEmpty()) {
            throw new FormatException("The adapter has matrices for " + files.pairs().size() + " modules, and the base model knows " + (files.pairs().size() - left.size())
                    + " of them, for instance not " + left.stream().sorted().findFirst().orElseThrow() + ": it was trained on another model.");
        }
    }

    private static List<LoraStack.Part> parts(ModelConfig config, AdapterFiles files, int layer, Projection.Kind kind) {
        List<LoraStack.Part> parts = new ArrayList<>();
        int output = 0;
        for (ModelLayout.Weight module : kind.modules(config, layer)) {
            int from = output;
            files.pair(module.module()).ifPresent(pair -> parts.add(new LoraStack.Part(pair, (float) files.config().scale(module.module()), from)));
            output += (int) module.shape()[0];
        }
        return parts;
    }

    Optional<LoraStack> stack(int layer, Projection.Kind kind) {
        return layers.get(layer).get(kind.ordinal());
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        arena.close();
    }
}
