package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.WorkTeam;
import java.nio.file.Path;
import java.util.List;

/** A model's packed weights and its forward pass. */
public interface ForwardModel extends AutoCloseable {
    ModelConfig config();

    /** All weights, tied ones counted once. */
    long parameters();

    /** Bytes of the packed weights. */
    long bytes();

    /** Room for keys and values; memory is taken block by block as they are first used. */
    KvBlocks newBlocks(int count);

    /**
     * Loads an adapter in PEFT's format.
     *
     * @throws dev.hone.llm.format.FormatException if it was made for another model, or does what cannot be done unmerged
     */
    Adapter adapter(Path directory);

    /** Reads the slices' tokens, writes their keys and values to the blocks, and hands out what they ask for. One step at a time per model. */
    void step(List<Slice> slices, KvBlocks blocks, WorkTeam team, StepReader reader);

    @Override
    void close();
}
