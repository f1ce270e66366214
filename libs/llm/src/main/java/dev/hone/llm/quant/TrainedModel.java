package dev.hone.llm.quant;

import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.Torch;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.model.LanguageModel;
import dev.hone.llm.model.ModelProgram;
import dev.hone.llm.model.ModelWeights;
import dev.hone.llm.model.Precision;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The outcome of a training as one model: an adapter folded into its base, or a directory of whole weights as it lies.
 *
 * @param directory where config.json and the tokenizer lie
 */
record TrainedModel(Path directory, WeightSource weights) implements AutoCloseable {
    static TrainedModel open(Path base, Path trained) {
        if (!AdapterFiles.existsIn(trained)) {
            return new TrainedModel(trained, WeightSource.open(trained));
        }
        Optional<HoneJson> hone = HoneJson.load(trained);
        hone.ifPresent(h -> checkTokenizer(base, h));
        WeightSource weights = WeightSource.open(base);
        try {
            return new TrainedModel(base, new MergedWeights(weights, AdapterFiles.load(trained), hone));
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    private static void checkTokenizer(Path base, HoneJson hone) {
        if (hone.tokenizerSha256().isEmpty() || !Files.exists(base.resolve("tokenizer.json"))) {
            return;
        }
        try (ChatTokenizer tokenizer = ChatTokenizer.load(base)) {
            if (!tokenizer.sha256().equals(hone.tokenizerSha256())) {
                throw new FormatException("The adapter was trained with another tokenizer or chat template than the base model in " + base.getFileName()
                        + " has (" + hone.tokenizerSha256() + ", found " + tokenizer.sha256() + "). Merge it with the base it was trained on.");
            }
        }
    }

    /** The merged model in memory. */
    LanguageModel load(Precision precision) {
        NDManager manager = Torch.newManager();
        try {
            ModelConfig config = ModelConfig.load(directory);
            TorchProgram program = ModelProgram.load(manager, config, ModelProgram.Variant.PLAIN);
            return LanguageModel.over(manager, config, precision, program, ModelWeights.plain(manager, program, config, weights, precision), List.of());
        } catch (RuntimeException | Error e) {
            manager.close();
            throw e;
        }
    }

    @Override
    public void close() {
        weights.close();
    }
}
