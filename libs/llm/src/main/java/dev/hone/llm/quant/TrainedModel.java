package dev.hone.llm.quant;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.text.ChatTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
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

    @Override
    public void close() {
        weights.close();
    }
}
