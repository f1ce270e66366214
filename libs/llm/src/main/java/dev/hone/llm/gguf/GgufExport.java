package dev.hone.llm.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.Rope;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Writes a model as one GGUF file, tensor by tensor, and measures what each tensor lost by reading it back. */
public final class GgufExport {
    private static final String FREQUENCIES = "rope_freqs.weight";

    private final WeightSource weights;
    private final Function<String, float[]> importance;
    private final Observer observer;
    private final BooleanSupplier stop;
    private final List<Tensor> written = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();

    private GgufExport(WeightSource weights, Function<String, float[]> importance, Observer observer, BooleanSupplier stop) {
        this.weights = weights;
        this.importance = importance;
        this.observer = observer;
        this.stop = stop;
    }

    /** Hears how far an export has come. */
    public interface Observer {
        /**
         * A tensor is in the file.
         *
         * @param name in the model's directory
         */
        void layer(int done, int total, String name);
    }

    /**
     * One tensor as read back from the file.
     *
     * @param name in the model's directory; in the file where it has none there
     * @param type ggml's name of its type
     * @param relativeError |W − Q(W)|² / |W|²; 0 of zeros
     * @param note why it has another type than the file's mix gives it, or empty
     */
    public record Tensor(String name, String type, long bytes, double relativeError, String note) {}

    /**
     * @param sizeBytes of the file
     * @param relativeError |W − Q(W)|² / |W|² over all matrices
     * @param notes what a user of the file should know, sentences
     */
    public record Result(Path file, long sizeBytes, double relativeError, List<Tensor> tensors, List<String> notes) {
        public Result {
            tensors = List.copyOf(tensors);
            notes = List.copyOf(notes);
        }
    }

    /** The same, every column of a matrix counting alike. */
    public static Result run(WeightSource weights, Path modelDirectory, String type, Path outFile, Observer observer, BooleanSupplier stop) {
        return run(weights, modelDirectory, type, outFile, null, observer, stop);
    }

    /**
     * @param weights of the model; read once, one tensor at a time
     * @param modelDirectory with its config.json and tokenizer
     * @param type f32, f16, bf16, q8_0, q4_0, q5_0, q4_k, q5_k or q6_k
     * @param outFile replaced if it is there; complete, or untouched if this throws
     * @param importance by a matrix' name how much an error in each of its columns counts, such as the column's mean squared
     *     input; null for any of them weighs all its columns alike, as does null itself
     * @throws FormatException if the type is unknown, the model damaged, or llama.cpp would compute something else than it
     * @throws ExportInterrupted if {@code stop} became true
     */
    public static Result run(WeightSource weights, Path modelDirectory, String type, Path outFile, Function<String, float[]> importance, Observer observer, BooleanSupplier stop) {
        return new GgufExport(weights, importance, observer, stop).run(modelDirectory, FileType.of(type), outFile);
    }

    private Result run(Path directory, FileType type, Path outFile) {
        ModelConfig config = ModelConfig.load(directory);
        JsonNode json = Json.read(directory.resolve("config.json"));
        TokenizerJson tokenizer = new TokenizerJson(directory);
        Map<String, GgufValue> metadata = new LinkedHashMap<>(ModelMetadata.of(config, json, ModelName.of(directory, tokenizer), type, notes));
        metadata.putAll(TokenizerMetadata.of(tokenizer, config.vocabSize(), notes));
        List<GgufLayout.Place> places = new GgufLayout(config).places();
        List<GgufTensor> tensors = new ArrayList<>();
        if (config.rope().scaling() instanceof Rope.Scaling.Llama3) {
            tensors.add(new GgufTensor(FREQUENCIES, GgufType.F32, List.of((long) config.rope().dimensions(config.headDim()) / 2)));
        }
        int extra = tensors.size();
        for (GgufLayout.Place place : places) {
            tensors.add(new GgufTensor(place.name(), FileType.fitting(type.wanted(place, config), place.columns()), place.sizes()));
        }
        try (GgufWriter writer = new GgufWriter(outFile, metadata, tensors)) {
            TensorTransfer transfer = new TensorTransfer(writer, this::checkStop);
            if (extra > 0) {
                write(transfer, tensors.getFirst(), FREQUENCIES, factors(config), null, "");
            }
            for (int i = 0; i < places.size(); i++) {
                write(transfer, places.get(i), tensors.get(extra + i), type.wanted(places.get(i), config));
                observer.layer(i + 1, places.size(), places.get(i).source());
            }
            checkStop();
            writer.finish();
            requireSame(outFile, writer, tensors);
            return new Result(outFile, size(outFile), transfer.matrixError(), written, notes);
        }
    }

    private void write(TensorTransfer transfer, GgufLayout.Place place, GgufTensor tensor, GgufType wanted) {
        checkStop();
        TensorInfo info = weights.info(place.source());
        if (!Arrays.equals(info.dimensions(), place.shape())) {
            throw new FormatException("Expected the shape " + place.sizes() + " of " + place.source() + " from config.json, found " + info.shape() + " in the weights. They belong to different models.");
        }
        float[] values = place.inFile(weights.floats(place.source()));
        float[] columns = importance == null || !tensor.isMatrix() ? null : importance.apply(place.source());
        String note = wanted == tensor.type() ? "" : "Rows of " + place.columns() + " values do not divide into blocks of " + wanted.blockLength() + ": " + tensor.type() + " instead of " + wanted + ".";
        write(transfer, tensor, place.source(), values, columns, note);
        weights.unload(place.source());
    }

    private void write(TensorTransfer transfer, GgufTensor tensor, String name, float[] values, float[] columns, String note) {
        written.add(new Tensor(name, tensor.type().name(), tensor.bytes(), transfer.write(tensor, values, columns), note));
    }

    /** What llama.cpp divides the unscaled frequencies by. */
    private static float[] factors(ModelConfig config) {
        float[] scaled = config.rope().frequencies(config.headDim());
        float[] factors = new Rope(config.rope().theta(), Double.NaN, config.rope().share(), new Rope.Scaling.None()).frequencies(config.headDim());
        for (int i = 0; i < factors.length; i++) {
            factors[i] /= scaled[i];
        }
        return factors;
    }

    private static void requireSame(Path outFile, GgufWriter writer, List<GgufTensor> tensors) {
        try (GgufFile file = GgufFile.open(outFile)) {
            for (GgufTensor tensor : tensors) {
                if (!file.tensor(tensor.name()).equals(tensor) || file.position(tensor.name()) != writer.positions().get(tensor.name())) {
                    throw new IllegalStateException("The header of " + outFile + " says otherwise of " + tensor + " than was written.");
                }
            }
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new FormatException("Cannot read back " + file + ": " + e.getMessage(), e);
        }
    }

    private void checkStop() {
        if (stop.getAsBoolean()) {
            throw new ExportInterrupted();
        }
    }
}
