package dev.hone.quantizer;

import dev.hone.llm.format.AdapterConfig;
import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** A random Llama with hone-nano's tokenizer, and an adapter for it, small enough to be quantized in a second. */
final class TinyModels {

    static final String ADAPTED = "model.layers.0.self_attn.q_proj";
    static final ModelConfig CONFIG = ModelConfig.llama(4096, 32, 64, 2, 2, 1, 16, 1e-5, 10000, 128, true, 0.02);

    private TinyModels() {}

    static Path base(Path directory) throws IOException {
        Files.createDirectories(directory);
        Json.write(directory.resolve("config.json"), CONFIG.toJson());
        SplittableRandom random = new SplittableRandom(1);
        List<TensorInfo> infos = ModelLayout.weights(CONFIG).stream().map(w -> TensorInfo.of(w.name(), DType.BF16, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), infos)) {
            infos.forEach(info -> writer.write(info.name(), values(info, random)));
        }
        TokenizerFiles.copy(Path.of(System.getProperty("hone.root"), "models", "hone-nano"), directory);
        return directory;
    }

    private static float[] values(TensorInfo info, SplittableRandom random) {
        float[] values = new float[Math.toIntExact(info.elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (info.shape().size() == 1 ? 1 : 0.1 * random.nextGaussian());
        }
        return values;
    }

    /** @param module whose weight the adapter claims to change */
    static Path adapter(Path directory, String module) throws IOException {
        Files.createDirectories(directory);
        float[] values = new float[2 * CONFIG.hiddenSize()];
        Arrays.fill(values, 0.05f);
        AdapterFiles.Pair pair = new AdapterFiles.Pair(CONFIG.hiddenSize(), CONFIG.hiddenSize(), 2, values, values);
        new AdapterFiles(AdapterConfig.plain(2, 4, List.of("q_proj"), "tiny"), Map.of(module, pair)).write(directory);
        new HoneJson("qlora", "nf4", "f32", "").write(directory);
        return directory;
    }
}
