package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits.Layer;
import dev.hone.llm.format.ModelTraits.Turn;
import java.util.ArrayList;
import java.util.List;

/**
 * The program's rotary tables, cos and sin [T, rotary] of each kind of turn that a model has, for as many positions as were
 * asked for so far: a model that may read 131,072 tokens mostly reads few. Thread-safe.
 */
public final class Rotations implements AutoCloseable {
    private static final int FEWEST = 1024;

    private final NDManager manager;
    private final TorchProgram program;
    private final ModelConfig config;
    private final Precision precision;
    private final List<Turn> turns;
    private final List<TensorList> grown = new ArrayList<>();
    private int positions;

    public Rotations(NDManager manager, TorchProgram program, ModelConfig config, Precision precision) {
        this.manager = manager;
        this.program = program;
        this.config = config;
        this.precision = precision;
        this.turns = config.traits().layers().stream().map(Layer::turn).distinct().sorted().toList();
    }

    /** Per layer 2 · its table's number, plus 1 where it slides. */
    public long[] kinds() {
        return config.traits().layers().stream().mapToLong(layer -> 2L * turns.indexOf(layer.turn()) + (layer.slides() ? 1 : 0)).toArray();
    }

    /** The tables, for at least so many positions. A shorter list that was handed out stays valid. */
    public synchronized TensorList upTo(int tokens) {
        if (tokens > positions) {
            positions = Math.min(Math.max(config.maxPositionEmbeddings(), tokens), Math.max(FEWEST, Integer.highestOneBit(tokens - 1) * 2));
            List<NDArray> tables = new ArrayList<>();
            turns.forEach(turn -> table(tables, frequencies(turn)));
            grown.add(TensorList.of(tables));
        }
        return grown.getLast();
    }

    private float[] frequencies(Turn turn) {
        return switch (turn) {
            case GLOBAL -> config.rope().frequencies(config.headDim());
            case LOCAL -> config.rope().localFrequencies(config.headDim());
            case NONE -> new float[config.rope().dimensions(config.headDim()) / 2];
        };
    }

    /** Both halves of a head share the frequencies; the first half of sin is negated, as the program wants it. */
    private void table(List<NDArray> tables, float[] frequencies) {
        int half = frequencies.length;
        float[] cos = new float[Math.multiplyExact(positions, 2 * half)];
        float[] sin = new float[cos.length];
        for (int t = 0; t < positions; t++) {
            for (int i = 0; i < half; i++) {
                float angle = t * frequencies[i];
                int at = t * 2 * half + i;
                cos[at] = cos[at + half] = (float) Math.cos(angle);
                sin[at + half] = (float) Math.sin(angle);
                sin[at] = -sin[at + half];
            }
        }
        tables.add(cast(cos, 2 * half));
        tables.add(cast(sin, 2 * half));
    }

    private NDArray cast(float[] values, int width) {
        NDArray f32 = manager.create(values, new Shape(positions, width));
        if (precision == Precision.F32) {
            return f32;
        }
        NDArray cast = program.train(manager, "cast", f32, precision.code()).get(0);
        f32.close();
        return cast;
    }

    @Override
    public void close() {
        grown.forEach(TensorList::close);
    }
}
