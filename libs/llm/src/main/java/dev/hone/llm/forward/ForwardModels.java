package dev.hone.llm.forward;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.QuantizationConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.quant.Merge;
import java.nio.file.Path;

/** Loads models for serving. */
public final class ForwardModels {
    private ForwardModels() {}

    /**
     * Packs a plain or quantized model directory.
     *
     * @throws dev.hone.llm.format.FormatException if it does not hold a model that can be run faithfully
     */
    public static ForwardModel load(Path directory, PackedAs as) {
        ModelConfig config = ModelConfig.load(directory);
        QuantizationConfig quantization = QuantizationConfig.of(directory);
        try (WeightSource source = WeightSource.open(directory)) {
            return PackedModel.pack(config, new WeightPacker(config, source, as, quantization));
        }
    }

    /**
     * Packs a base with an adapter folded in, W0 + scale · B·A with the W0 that the adapter was trained against, or whole
     * trained weights as they lie. What the base was stored in plays no part: {@link PackedAs#STORED} means bf16 here, and
     * activations are not rounded.
     *
     * @param base plain or quantized model directory
     * @param trained in PEFT's format, or a model directory
     * @throws dev.hone.llm.format.FormatException if the two do not fit together
     */
    public static ForwardModel loadMerged(Path base, Path trained, PackedAs as) {
        if (!AdapterFiles.existsIn(trained)) {
            return load(trained, as);
        }
        ModelConfig config = ModelConfig.load(base);
        try (WeightSource source = Merge.weights(base, trained)) {
            return PackedModel.pack(config, new WeightPacker(config, source, as, QuantizationConfig.NONE));
        }
    }
}
