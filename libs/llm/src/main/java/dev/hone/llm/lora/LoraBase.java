package dev.hone.llm.lora;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import dev.hone.llm.nf4.Nf4;
import dev.hone.llm.nf4.Nf4Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The frozen weights under an adapter. Embedding, output head and norms are in the compute type; the linear modules are too,
 * or rounded to int8 or NF4.
 */
public record LoraBase(Rounding rounding, Unpacking unpacking) {
    /** What the linear modules are rounded to. */
    public enum Rounding {
        NONE, INT8, NF4
    }

    /** When rounded modules become matrices again: the numbers are the same. */
    public enum Unpacking {
        /** Once, at the start: fastest, for small bases. */
        ONCE,
        /** Layer by layer by the CPU, into the memory of the layer before. */
        BY_LAYER,
        /** Module by module inside the program, wherever it runs. */
        IN_PROGRAM
    }

    /** Rounded bases whose linear modules take fewer bytes in bf16 are unpacked once instead of layer by layer. */
    public static final long UNPACK_ONCE_BELOW = 128L << 20;

    public static final LoraBase PLAIN = new LoraBase(Rounding.NONE, Unpacking.ONCE);

    /** What the base of an adapter was rounded to when it was trained. */
    public static Rounding roundingOf(HoneJson trainedAs) {
        return switch (trainedAs.basePrecision()) {
            case "nf4" -> Rounding.NF4;
            case "int8" -> Rounding.INT8;
            default -> Rounding.NONE;
        };
    }

    /** Tensors per linear module in the program's list. */
    public int slot() {
        return unpacking != Unpacking.IN_PROGRAM || rounding == Rounding.NONE ? 1 : rounding == Rounding.INT8 ? 2 : 4;
    }

    /** Whether the graph of a layer would hold on to its unpacked weights. */
    public boolean unpacksInGraph() {
        return slot() > 1;
    }

    /**
     * The base ready to be walked through.
     *
     * @param others final norm, embedding and head, which may learn
     */
    public LayerWeights over(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision, List<NDArray> others) {
        if (unpacking == Unpacking.BY_LAYER && rounding != Rounding.NONE) {
            return new UnpackedLayers(packed(manager, program, config, source, precision), others, precision);
        }
        List<List<NDArray>> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            layers.add(layer(manager, program, config, source, precision, layer));
        }
        return LayerWeights.resident(layers, others);
    }

    /** Everything in one list, as generation reads it. */
    public List<NDArray> list(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        List<NDArray> all = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            all.addAll(layer(manager, program, config, source, precision, layer));
        }
        all.addAll(ModelWeights.others(manager, program, config, source, precision));
        return all;
    }

    private List<NDArray> layer(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision, int layer) {
        List<NDArray> tensors = new ArrayList<>();
        for (ModelLayout.Weight place : ModelLayout.layer(config, layer)) {
            if (!place.linear() || rounding == Rounding.NONE) {
                tensors.add(ModelWeights.tensor(manager, program, config, source, place, precision));
                for (int more = 1; place.linear() && more < slot(); more++) {
                    tensors.add(ModelWeights.tensor(manager, program, config, source, place, precision));
                }
            } else if (!place.isThere()) {
                for (int i = 0; i < slot(); i++) {
                    tensors.add(ModelWeights.tensor(manager, program, config, source, place, precision));
                }
            } else {
                addRounded(tensors, manager, program, place, ModelWeights.values(source, place), precision);
            }
        }
        if (slot() == 4) {
            tensors.add(manager.create(pairs(), new Shape(256, 2)));
            tensors.add(manager.create(Nf4.absmaxMap()));
        }
        return tensors;
    }

    private void addRounded(List<NDArray> tensors, NDManager manager, TorchProgram program, ModelLayout.Weight place, float[] values, Precision precision) {
        int out = (int) place.shape()[0];
        int in = (int) place.shape()[1];
        if (unpacking == Unpacking.ONCE) {
            tensors.add(ModelWeights.tensor(manager, program, roundTrip(values, out, in), place.shape(), precision));
        } else if (rounding == Rounding.INT8) {
            Int8.Matrix m = Int8.quantize(values, out, in);
            tensors.add(bytes(manager, m.codes(), new Shape(out, in), DataType.INT8));
            tensors.add(manager.create(m.scales()));
        } else {
            Nf4Matrix m = Nf4.quantize(values, out, in);
            tensors.add(bytes(manager, m.codes(), new Shape(out, in / 2), DataType.UINT8));
            tensors.add(bytes(manager, m.absmax(), new Shape(m.absmax().length), DataType.UINT8));
            tensors.add(manager.create(m.scales()));
            tensors.add(manager.create(m.offset()));
        }
    }

    /** The weights as this base's program sees them, before the cast to the compute type. */
    public float[] roundTrip(float[] values, int out, int in) {
        return switch (rounding) {
            case NONE -> values;
            case INT8 -> Int8.roundTrip(values, out, in);
            case NF4 -> Nf4.roundTrip(values, out, in);
        };
    }

    private List<List<UnpackedLayers.Place>> packed(NDManager manager, TorchProgram program, ModelConfig config, WeightSource source, Precision precision) {
        Map<Integer, NDArray> shared = new HashMap<>();
        List<List<UnpackedLayers.Place>> layers = new ArrayList<>();
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            List<UnpackedLayers.Place> places = new ArrayList<>();
            for (ModelLayout.Weight place : ModelLayout.layer(config, layer)) {
                if (place.linear() && place.isThere()) {
                    NDArray tensor = shared.computeIfAbsent(places.size(), n -> ModelWeights.tensor(manager, program,
                            new float[Math.toIntExact(place.elements())], place.shape(), precision));
                    places.add(new UnpackedLayers.Place(tensor, pack(manager, place, ModelWeights.values(source, place))));
                } else {
                    places.add(new UnpackedLayers.Place(ModelWeights.tensor(manager, program, config, source, place, precision), null));
                }
            }
            layers.add(places);
        }
        return layers;
    }

    private PackedMatrix pack(NDManager manager, ModelLayout.Weight place, float[] values) {
        int out = (int) place.shape()[0];
        int in = (int) place.shape()[1];
        if (rounding == Rounding.INT8) {
            Int8.Matrix m = Int8.quantize(values, out, in);
            return new PackedInt8(place.elements(), in, segment(manager, m.codes()), m.scales());
        }
        Nf4Matrix m = Nf4.quantize(values, out, in);
        return new PackedNf4(place.elements(), segment(manager, m.codes()), segment(manager, m.absmax()), m.scales(), m.offset());
    }

    /** Outside the heap, in a tensor that the manager frees. */
    private static MemorySegment segment(NDManager manager, byte[] values) {
        return MemorySegment.ofBuffer(bytes(manager, values, new Shape(values.length), DataType.UINT8).toByteBuffer(true));
    }

    private static NDArray bytes(NDManager manager, byte[] values, Shape shape, DataType type) {
        return manager.create(ByteBuffer.wrap(values), shape, type);
    }

    /** Both NF4 values of every byte: [256, 2]. */
    private static float[] pairs() {
        float[] values = Nf4.values();
        float[] pairs = new float[512];
        for (int b = 0; b < 256; b++) {
            pairs[2 * b] = values[b >> 4];
            pairs[2 * b + 1] = values[b & 0xF];
        }
        return pairs;
    }
}
