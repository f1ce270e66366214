package dev.hone.llm.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The files of a checkpoint: {@code progress.json}, {@code trainable.safetensors}, {@code optimizer.safetensors} and, where
 * the best validation's weights are kept, {@code best.safetensors}. Tensors as they lie in memory, so that nothing is
 * rounded on the way.
 */
final class Checkpoint {
    private static final String PROGRESS = "progress.json";
    private static final String TRAINABLE = "trainable.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String BEST = "best.safetensors";

    private Checkpoint() {}

    static void write(Path directory, List<Parameter> parameters, Optimizer optimizer, Progress progress, String fingerprint, Path best) throws IOException {
        Directories.delete(directory);
        Files.createDirectories(directory);
        writeValues(directory.resolve(TRAINABLE), parameters);
        write(directory.resolve(OPTIMIZER), optimizer.state());
        if (Files.exists(best)) {
            Files.copy(best, directory.resolve(BEST));
        }
        progress.write(directory.resolve(PROGRESS), fingerprint);
    }

    /** @throws TrainingFailed if the checkpoint was written by a run with another recipe or other data */
    static Progress read(Path directory, List<Parameter> parameters, Optimizer optimizer, String fingerprint, Path best) throws IOException {
        Progress progress = Progress.read(directory.resolve(PROGRESS), fingerprint);
        try (SafetensorsFile values = SafetensorsFile.open(directory.resolve(TRAINABLE)); SafetensorsFile state = SafetensorsFile.open(directory.resolve(OPTIMIZER))) {
            byName(parameters).forEach((name, tensor) -> optimizer.fill(tensor, values.buffer(name)));
            optimizer.state().forEach((name, tensor) -> optimizer.fill(tensor, state.buffer(name)));
        }
        optimizer.resumeAfter(progress.step());
        if (Files.exists(directory.resolve(BEST))) {
            Files.copy(directory.resolve(BEST), best, StandardCopyOption.REPLACE_EXISTING);
        }
        return progress;
    }

    /** The values of everything that trains. */
    static void writeValues(Path file, List<Parameter> parameters) {
        write(file, byName(parameters));
    }

    private static SequencedMap<String, NDArray> byName(List<Parameter> parameters) {
        SequencedMap<String, NDArray> values = new LinkedHashMap<>();
        parameters.forEach(p -> values.put(p.name(), p.value()));
        return values;
    }

    private static void write(Path file, SequencedMap<String, NDArray> tensors) {
        List<TensorInfo> infos = tensors.entrySet().stream().map(t -> TensorInfo.of(t.getKey(), type(t.getValue().getDataType()), t.getValue().getShape().getShape())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, infos)) {
            tensors.forEach((name, tensor) -> writer.write(name, tensor.toByteBuffer()));
        }
    }

    private static DType type(DataType type) {
        return switch (type) {
            case FLOAT32 -> DType.F32;
            case UINT8 -> DType.U8;
            default -> throw new IllegalStateException("What trains is f32, and an optimizer's state f32 or u8; found " + type + ".");
        };
    }

    static Map<String, float[]> readValues(Path file) {
        Map<String, float[]> values = new LinkedHashMap<>();
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            tensors.names().forEach(name -> values.put(name, tensors.floats(name)));
        }
        return values;
    }
}
