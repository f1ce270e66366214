package dev.hone.llm.train;

import dev.hone.llm.format.DType;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.format.SafetensorsWriter;
import dev.hone.llm.format.TensorInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The files of a checkpoint: {@code progress.json}, {@code trainable.safetensors}, {@code optimizer.safetensors} (AdamW's
 * moments) and, with early stopping, {@code best.safetensors}. All f32, so that nothing is rounded on the way.
 */
final class Checkpoint {
    private static final String PROGRESS = "progress.json";
    private static final String TRAINABLE = "trainable.safetensors";
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String BEST = "best.safetensors";
    private static final String FIRST = ".exp_avg";
    private static final String SECOND = ".exp_avg_sq";

    private Checkpoint() {}

    static void write(Path directory, Trainee trainee, Progress progress, String fingerprint, Path best) throws IOException {
        Directories.delete(directory);
        Files.createDirectories(directory);
        writeValues(directory.resolve(TRAINABLE), trainee);
        writeMoments(directory.resolve(OPTIMIZER), trainee);
        if (Files.exists(best)) {
            Files.copy(best, directory.resolve(BEST));
        }
        progress.write(directory.resolve(PROGRESS), fingerprint);
    }

    static Progress read(Path directory, Trainee trainee, String fingerprint, Path best) throws IOException {
        Progress progress = Progress.read(directory.resolve(PROGRESS), fingerprint);
        try (SafetensorsFile values = SafetensorsFile.open(directory.resolve(TRAINABLE)); SafetensorsFile moments = SafetensorsFile.open(directory.resolve(OPTIMIZER))) {
            for (Trainee.Parameter p : trainee.parameters()) {
                trainee.fill(p.value(), values.floats(p.name()));
                trainee.fill(p.firstMoment(), moments.floats(p.name() + FIRST));
                trainee.fill(p.secondMoment(), moments.floats(p.name() + SECOND));
                trainee.fill(p.steps(), new float[] {progress.step()});
            }
        }
        if (Files.exists(directory.resolve(BEST))) {
            Files.copy(directory.resolve(BEST), best, StandardCopyOption.REPLACE_EXISTING);
        }
        return progress;
    }

    /** The values of everything that trains. */
    static void writeValues(Path file, Trainee trainee) {
        List<TensorInfo> infos = trainee.parameters().stream().map(p -> info(p, p.name())).toList();
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, infos)) {
            trainee.parameters().forEach(p -> writer.write(p.name(), Trainee.floats(p.value())));
        }
    }

    private static void writeMoments(Path file, Trainee trainee) {
        List<TensorInfo> infos = new ArrayList<>();
        trainee.parameters().forEach(p -> {
            infos.add(info(p, p.name() + FIRST));
            infos.add(info(p, p.name() + SECOND));
        });
        try (SafetensorsWriter writer = SafetensorsWriter.create(file, infos)) {
            trainee.parameters().forEach(p -> writer
                    .write(p.name() + FIRST, Trainee.floats(p.firstMoment())).write(p.name() + SECOND, Trainee.floats(p.secondMoment())));
        }
    }

    private static TensorInfo info(Trainee.Parameter parameter, String name) {
        return TensorInfo.of(name, DType.F32, parameter.value().getShape().getShape());
    }

    static Map<String, float[]> readValues(Path file) {
        Map<String, float[]> values = new LinkedHashMap<>();
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            tensors.names().forEach(name -> values.put(name, tensors.floats(name)));
        }
        return values;
    }
}
