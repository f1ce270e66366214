package dev.hone.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.model.ModelLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A Llama of two layers with weights drawn by chance and hone-nano's tokenizer: knows nothing, and takes a moment. */
public final class TinyModel {
    public static final Path ROOT = Path.of(System.getProperty("hone.root", ".."));
    private static final Path NANO = ROOT.resolve("models/hone-nano");

    private TinyModel() {}

    public static Path in(Path directory) throws IOException {
        Files.createDirectories(directory);
        for (String file : List.of("tokenizer.json", "tokenizer_config.json", "generation_config.json")) {
            Files.copy(NANO.resolve(file), directory.resolve(file));
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode config = (ObjectNode) json.readTree(NANO.resolve("config.json").toFile());
        config.put("hidden_size", 128).put("intermediate_size", 128).put("num_hidden_layers", 2).put("num_attention_heads", 4).put("num_key_value_heads", 2).put("head_dim", 32);
        json.writeValue(directory.resolve("config.json").toFile(), config);
        weights(directory);
        return directory;
    }

    private static void weights(Path directory) {
        Random random = new Random(7);
        List<TensorInfo> infos = ModelLayout.weights(ModelConfig.load(directory)).stream().map(w -> TensorInfo.of(w.name(), DType.BF16, w.shape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve("model.safetensors"), infos)) {
            for (TensorInfo info : infos) {
                float[] values = new float[(int) info.elements()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = info.shape().size() == 1 ? 1 : (float) random.nextGaussian() * 0.05f;
                }
                writer.write(info.name(), values);
            }
        }
    }

    /** The first rows of the phone shop's conversations. */
    public static Path rows(Path file, int count) throws IOException {
        return Files.write(file, Files.readAllLines(ROOT.resolve("examples/support.jsonl")).subList(0, count));
    }
}
