package dev.hone.llm.lora;

import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.LayerWeights;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.List;

/** A base with an adapter beside it, not merged: computes exactly what training computed. */
public final class AdaptedModel {
    private AdaptedModel() {}

    /**
     * @param base plain model directory
     * @param adapter directory in PEFT's format; where its hone.json says so, the base is rounded as in training
     */
    public static LanguageModel load(Path base, Path adapter, Precision precision) {
        AdapterFiles files = AdapterFiles.load(adapter);
        LoraBase kind = new LoraBase(HoneJson.load(adapter).map(LoraBase::roundingOf).orElse(LoraBase.Rounding.NONE), LoraBase.Unpacking.ONCE);
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(base)) {
            ModelConfig config = ModelConfig.load(base);
            TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
            WeightSource saved = new SavedWeights(source, files);
            return LanguageModel.over(manager, config, precision, program, kind.list(manager, program, config, saved, precision), LoraMatrices.of(manager, program, config, files).list());
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    /** The same layer by layer, rows in hand; of a rounded base one layer is unpacked at a time. */
    public static LayerWalk walk(Path base, Path adapter, Precision precision, List<int[]> rows) {
        AdapterFiles files = AdapterFiles.load(adapter);
        LoraBase kind = new LoraBase(HoneJson.load(adapter).map(LoraBase::roundingOf).orElse(LoraBase.Rounding.NONE), LoraBase.Unpacking.BY_LAYER);
        NDManager manager = Torch.newManager();
        try (WeightSource source = WeightSource.open(base)) {
            ModelConfig config = ModelConfig.load(base);
            TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
            WeightSource saved = new SavedWeights(source, files);
            LayerWeights weights = kind.over(manager, program, config, saved, precision, ModelWeights.others(manager, program, config, saved, precision));
            return LayerWalk.over(manager, program, config, precision, weights, LoraMatrices.of(manager, program, config, files).layers(), rows);
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }
}
