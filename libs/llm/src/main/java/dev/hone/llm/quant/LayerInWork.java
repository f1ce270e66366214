package dev.hone.llm.quant;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.ModelWeights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One layer's weights while they are scaled and rounded. The walk, where there is one, reads every change at once. */
final class LayerInWork {
    private final ModelConfig config;
    private final WeightSource source;
    private final LayerWalk walk;
    private final List<ModelLayout.Weight> places;
    private final Map<Integer, float[]> changed = new HashMap<>();

    /** @param walk null: nothing is calibrated */
    LayerInWork(ModelConfig config, int layer, WeightSource source, LayerWalk walk) {
        this.config = config;
        this.source = source;
        this.walk = walk;
        this.places = ModelLayout.layer(config, layer);
    }

    ModelConfig config() {
        return config;
    }

    ModelLayout.Weight place(int place) {
        return places.get(place);
    }

    boolean has(int place) {
        return places.get(place).isThere();
    }

    /** The values that are to be rounded or written, as a file has them; not to be written into. */
    float[] values(int place) {
        float[] values = changed.get(place);
        return values != null ? values : ModelWeights.values(source, places.get(place));
    }

    /** What a norm multiplies by. */
    float[] factors(int place) {
        return ModelWeights.inProgram(config, places.get(place), values(place));
    }

    void change(int place, float[] values) {
        changed.put(place, values);
        show(place, values);
    }

    void changeFactors(int place, float[] factors) {
        change(place, ModelWeights.inFile(config, places.get(place), factors));
    }

    /** Lets the rows see other values, such as rounded ones. */
    void show(int place, float[] values) {
        if (walk != null) {
            walk.replace(place, values);
        }
    }

    /** What was changed, by the weights' names. */
    Map<String, float[]> changes() {
        Map<String, float[]> byName = new HashMap<>();
        changed.forEach((place, values) -> byName.put(places.get(place).name(), values));
        return byName;
    }
}
