package dev.hone.llm.gguf;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** The weights of a GGUF file under Hugging Face's names and in their order, so that Hone runs what it has written. */
public final class GgufWeights implements WeightSource {
    private final GgufFile file;
    private final Map<String, GgufLayout.Place> places = new LinkedHashMap<>();

    private GgufWeights(GgufFile file, ModelConfig config) {
        this.file = file;
        new GgufLayout(config).places().forEach(place -> places.put(place.source(), place));
    }

    /**
     * @param config of the model that the file was made from
     * @throws FormatException if the file is damaged or holds another model
     */
    public static GgufWeights open(Path file, ModelConfig config) {
        GgufWeights weights = new GgufWeights(GgufFile.open(file), config);
        try {
            weights.places.values().forEach(weights::requireShape);
            return weights;
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private void requireShape(GgufLayout.Place place) {
        GgufTensor tensor = file.tensor(place.name());
        if (!tensor.shape().equals(place.sizes())) {
            throw new FormatException("Expected the shape " + place.sizes() + " of " + place.name() + " from config.json, found " + tensor.shape() + ". File and configuration belong to different models.");
        }
    }

    @Override
    public Set<String> names() {
        return Set.copyOf(places.keySet());
    }

    private GgufLayout.Place place(String name) {
        GgufLayout.Place place = places.get(name);
        if (place == null) {
            throw new FormatException("Expected a weight of the model, found the name " + name + ".");
        }
        return place;
    }

    /** Its type is the stored one, or F32 where blocks are read. */
    @Override
    public TensorInfo info(String name) {
        GgufLayout.Place place = place(name);
        DType type = switch (file.tensor(place.name()).type()) {
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
            default -> DType.F32;
        };
        return new TensorInfo(name, type, place.sizes());
    }

    @Override
    public float[] floats(String name) {
        GgufLayout.Place place = place(name);
        return place.inModel(file.floats(place.name()));
    }

    @Override
    public void unload(String name) {
        file.unload(place(name).name());
    }

    @Override
    public void close() {
        file.close();
    }
}
