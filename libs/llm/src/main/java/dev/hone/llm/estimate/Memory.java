package dev.hone.llm.estimate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Peak resident memory of a training process on a CPU, in bytes, by what holds it.
 *
 * @param runtime the JVM, libtorch, the tokenizer, and what loading and writing leave behind in the heap
 * @param base frozen weights as they are stored
 * @param trained f32 values of what trains
 * @param gradients f32
 * @param optimizer moments
 * @param activations kept for the backward pass, and gradients in flight
 * @param working weights in the compute type beside the stored ones: of one layer, or of all where none is recomputed
 * @param logits the chunk of logits that exists at once
 */
public record Memory(double runtime, double base, double trained, double gradients, double optimizer, double activations, double working, double logits) {

    public double total() {
        return runtime + base + trained + gradients + optimizer + activations + working + logits;
    }

    /** The parts under names a person can read, in the order of the components. */
    public Map<String, Double> parts() {
        Map<String, Double> parts = new LinkedHashMap<>();
        parts.put("runtime", runtime);
        parts.put("frozen weights", base);
        parts.put("trained parameters", trained);
        parts.put("gradients", gradients);
        parts.put("optimizer", optimizer);
        parts.put("activations", activations);
        parts.put("weights at work", working);
        parts.put("logits", logits);
        return parts;
    }
}
