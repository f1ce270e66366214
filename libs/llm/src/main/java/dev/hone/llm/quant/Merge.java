package dev.hone.llm.quant;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.layout.Folders;
import dev.hone.llm.text.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes base and adapter as one plain Hugging Face model directory. */
public final class Merge {
    private Merge() {}

    /**
     * @param base model directory
     * @param adapter PEFT directory of an adapter trained on {@code base}, or whole weights, which are then copied
     * @param out gets config.json, model.safetensors in the base's types and the tokenizer
     * @throws FormatException if the two do not fit together
     */
    public static void run(Path base, Path adapter, Path out) {
        try (TrainedModel model = TrainedModel.open(base, adapter)) {
            write(model, out);
        }
    }

    /**
     * The merged weights, each made when it is asked for.
     *
     * @param adapter PEFT directory of an adapter trained on {@code base}, or whole weights, which are then the answer
     * @throws FormatException if the two do not fit together
     */
    public static WeightSource weights(Path base, Path adapter) {
        return TrainedModel.open(base, adapter).weights();
    }

    static void write(TrainedModel model, Path out) {
        Folders.create(out);
        List<TensorInfo> infos = model.weights().names().stream().map(model.weights()::info).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(out.resolve("model.safetensors"), infos)) {
            infos.forEach(info -> writer.write(info.name(), model.weights().floats(info.name())));
        }
        ObjectNode config = (ObjectNode) Json.read(model.directory().resolve("config.json"));
        config.remove("quantization_config");
        Json.write(out.resolve("config.json"), config);
        TokenizerFiles.copy(model.directory(), out);
    }
}
