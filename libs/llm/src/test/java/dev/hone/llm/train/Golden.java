package dev.hone.llm.train;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.Json;
import dev.hone.llm.format.SafetensorsFile;
import dev.hone.llm.model.Batch;
import java.nio.IntBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One directory that make_families.py, make_variants.py or make_qat.py wrote: what Transformers and PEFT compute.
 *
 * @param folder of golden.json, golden.safetensors and perhaps adapter/
 * @param base model directory, which also has the prompts
 */
public record Golden(Path folder, Path base, JsonNode numbers, SafetensorsFile arrays) implements AutoCloseable {
    private static final Path ROOT = Path.of(System.getProperty("hone.root"), "libs/llm/src/test/golden");

    public static Golden family(String name) {
        return open(ROOT.resolve("families").resolve(name), name);
    }

    public static Golden variant(String name) {
        return of("variants", name);
    }

    /** One that make_qat.py wrote. */
    static Golden rounded(String name) {
        return of("qat", name);
    }

    private static Golden of(String kind, String name) {
        Path folder = ROOT.resolve(kind).resolve(name);
        return open(folder, Json.read(folder.resolve("golden.json")).path("base").asText());
    }

    private static Golden open(Path folder, String base) {
        return new Golden(folder, ROOT.resolve("families").resolve(base), Json.read(folder.resolve("golden.json")), SafetensorsFile.open(folder.resolve("golden.safetensors")));
    }

    /** Where PEFT saved the adapter that training begins with: beside these numbers, or beside the base's. */
    public Path adapter() {
        return Files.exists(folder.resolve("adapter")) ? folder.resolve("adapter") : base.resolve("adapter");
    }

    public float[] floats(String name) {
        return arrays.floats(name);
    }

    public double number(String name) {
        if (!numbers.has(name)) {
            throw new IllegalStateException("Expected " + name + " in " + folder + "/golden.json.");
        }
        return numbers.path(name).asDouble();
    }

    /** Token ids of this folder's rows {@code PREFIX.0}, {@code PREFIX.1} and so on. */
    List<int[]> rows(String prefix) {
        return tokens(arrays, prefix);
    }

    /** The prompts of the base, of different lengths. */
    public List<int[]> prompts() {
        try (SafetensorsFile file = SafetensorsFile.open(base.resolve("golden.safetensors"))) {
            return tokens(file, "row");
        }
    }

    private static List<int[]> tokens(SafetensorsFile file, String prefix) {
        List<int[]> rows = new ArrayList<>();
        for (int n = 0; file.contains(prefix + "." + n); n++) {
            IntBuffer ids = file.buffer(prefix + "." + n).asIntBuffer();
            int[] row = new int[ids.remaining()];
            ids.get(row);
            rows.add(row);
        }
        return rows;
    }

    /** All prompts, to be predicted from {@code labelled_from} on. */
    Batch batch() {
        List<int[]> prompts = prompts();
        return Batch.of(prompts, prompts.stream().map(row -> from((int) number("labelled_from"), row.length)).toList());
    }

    static boolean[] from(int start, int length) {
        boolean[] labelled = new boolean[length];
        Arrays.fill(labelled, start, length, true);
        return labelled;
    }

    /** Names of all gradients that the file has below {@code prefix}. */
    Set<String> gradients(String prefix) {
        return arrays.names().stream().filter(name -> name.startsWith(prefix)).map(name -> name.substring(prefix.length())).collect(Collectors.toSet());
    }

    @Override
    public void close() {
        arrays.close();
    }
}
