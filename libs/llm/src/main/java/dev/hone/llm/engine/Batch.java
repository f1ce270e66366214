package dev.hone.llm.engine;

import dev.hone.llm.forward.Slice;
import dev.hone.llm.forward.StepReader;
import java.util.ArrayList;
import java.util.List;

/** What one step computes for one model. */
final class Batch implements StepReader {
    /** Some next tokens of a sequence. */
    record Part(Sequence sequence, int from, int count) {}

    private final List<Part> parts = new ArrayList<>();
    private final List<Slice> slices = new ArrayList<>();
    private int tokens;
    private int promptTokens;

    void add(Sequence sequence, int count) {
        promptTokens += Math.clamp((long) sequence.promptLength() - sequence.computed(), 0, count);
        tokens += count;
        parts.add(new Part(sequence, sequence.computed(), count));
        slices.add(sequence.slice(count));
    }

    List<Part> parts() {
        return parts;
    }

    List<Slice> slices() {
        return slices;
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    int tokens() {
        return tokens;
    }

    /** Those of prompts. */
    int promptTokens() {
        return promptTokens;
    }

    @Override
    public void logits(int slice, int index, float[] logits) {
        Part part = parts.get(slice);
        part.sequence().task().logits(part.from() + index, logits);
    }

    @Override
    public void hidden(int slice, int index, float[] hidden) {
        Part part = parts.get(slice);
        part.sequence().task().hidden(part.from() + index, hidden);
    }
}
