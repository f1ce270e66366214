package dev.hone.llm.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A LoRA adapter in PEFT's files: {@code adapter_config.json} and {@code adapter_model.safetensors} with the keys
 * {@code base_model.model.<module>.lora_A.weight} [r, in] and {@code lora_B.weight} [out, r], for DoRA
 * {@code lora_magnitude_vector} [out], and {@code base_model.model.<module>.weight} of modules that are saved whole.
 *
 * @param pairs by module name as in the base model's weights, without {@code .weight}:
 *     {@code model.layers.0.self_attn.q_proj}
 * @param saved whole weights, by their names in the base model: {@code lm_head.weight}
 */
public record AdapterFiles(AdapterConfig config, Map<String, Pair> pairs, Map<String, Saved> saved) {
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    /** A tied head is the saved embedding; PEFT writes it a second time all the same. */
    private static final String HEAD = "lm_head.weight";

    private static final String MAGNITUDE = ".lora_magnitude_vector";
    private static final Pattern KEY = Pattern.compile(Pattern.quote(PREFIX) + "(.+?)(\\.lora_[AB]\\.weight|\\.lora_magnitude_vector)");

    /**
     * The matrices of one linear module, row-major; the module computes W0·x + scale · B·(A·x).
     *
     * @param a [r, in]
     * @param b [out, r]
     * @param magnitude [out] with DoRA, or of no elements
     */
    public record Pair(int in, int out, int r, float[] a, float[] b, float[] magnitude) {
        public Pair {
            if (a.length != r * in || b.length != out * r) {
                throw new FormatException("Expected LoRA matrices A [" + r + ", " + in + "] and B [" + out + ", " + r + "], found " + a.length + " and " + b.length + " values.");
            }
            if (magnitude.length != 0 && magnitude.length != out) {
                throw new FormatException("Expected a magnitude per output, " + out + ", found " + magnitude.length + ".");
            }
        }

        public Pair(int in, int out, int r, float[] a, float[] b) {
            this(in, out, r, a, b, new float[0]);
        }

        public boolean isDora() {
            return magnitude.length > 0;
        }
    }

    /** A whole weight. */
    public record Saved(long[] shape, float[] values) {}

    public AdapterFiles {
        pairs = new TreeMap<>(pairs);
        saved = new TreeMap<>(saved);
    }

    public AdapterFiles(AdapterConfig config, Map<String, Pair> pairs) {
        this(config, pairs, Map.of());
    }

    /** Whether the directory holds an adapter, and not a whole model. */
    public static boolean existsIn(Path directory) {
        return Files.exists(directory.resolve(AdapterConfig.FILE));
    }

    public Optional<Pair> pair(String module) {
        return Optional.ofNullable(pairs.get(module));
    }

    /** @throws FormatException if the files are damaged, or the adapter does what cannot be computed here */
    public static AdapterFiles load(Path directory) {
        AdapterConfig config = AdapterConfig.load(directory);
        Path file = directory.resolve(WEIGHTS);
        if (!Files.exists(file)) {
            throw new FormatException("Expected " + WEIGHTS + " in " + directory + ", found none. Adapters in pickle files (adapter_model.bin) are not read.");
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            Map<String, Pair> pairs = new TreeMap<>();
            Map<String, Saved> saved = new TreeMap<>();
            for (String name : tensors.names()) {
                if (config.tiesWeights() && name.equals(PREFIX + HEAD)) {
                    continue;
                }
                if (isSaved(name, config)) {
                    saved.put(name.substring(PREFIX.length()), new Saved(tensors.info(name).dimensions(), tensors.floats(name)));
                    continue;
                }
                String module = module(name, file);
                if (name.endsWith(A)) {
                    pairs.put(module, pair(tensors, module, config));
                } else {
                    tensors.info(PREFIX + module + A);
                }
            }
            return new AdapterFiles(config, pairs, saved);
        }
    }

    private static boolean isSaved(String name, AdapterConfig config) {
        return config.modulesToSave().stream().anyMatch(module -> name.startsWith(PREFIX) && name.endsWith("." + module + ".weight"));
    }

    private static String module(String key, Path file) {
        Matcher matcher = KEY.matcher(key);
        if (!matcher.matches()) {
            throw new FormatException("Expected keys like " + PREFIX + "model.layers.0.self_attn.q_proj" + A + " in " + file + ", found " + key
                    + ". Hone applies LoRA on linear layers, and whole weights that modules_to_save names.");
        }
        return matcher.group(1);
    }

    private static Pair pair(SafetensorsFile tensors, String module, AdapterConfig config) {
        List<Long> a = tensors.info(PREFIX + module + A).shape();
        List<Long> b = tensors.info(PREFIX + module + B).shape();
        int r = config.rank(module);
        if (a.size() != 2 || b.size() != 2 || a.get(0) != r || b.get(1) != r) {
            throw new FormatException("Expected A [" + r + ", in] and B [out, " + r + "] for " + module + " by r in adapter_config.json, found " + a + " and " + b + ".");
        }
        float[] magnitude = config.useDora() ? tensors.floats(PREFIX + module + MAGNITUDE) : new float[0];
        return new Pair(a.get(1).intValue(), b.get(0).intValue(), r, tensors.floats(PREFIX + module + A), tensors.floats(PREFIX + module + B), magnitude);
    }

    /** Writes both files, everything as F32, as PEFT keeps it. */
    public void write(Path directory) {
        List<TensorInfo> infos = new ArrayList<>();
        pairs.forEach((module, p) -> {
            infos.add(TensorInfo.of(PREFIX + module + A, DType.F32, p.r, p.in));
            infos.add(TensorInfo.of(PREFIX + module + B, DType.F32, p.out, p.r));
            if (p.isDora()) {
                infos.add(TensorInfo.of(PREFIX + module + MAGNITUDE, DType.F32, p.out));
            }
        });
        Map<String, Saved> whole = new TreeMap<>(saved);
        if (config.tiesWeights()) {
            saved.values().forEach(embedding -> whole.put(HEAD, embedding));
        }
        whole.forEach((name, s) -> infos.add(TensorInfo.of(PREFIX + name, DType.F32, s.shape)));
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve(WEIGHTS), infos)) {
            pairs.forEach((module, p) -> {
                writer.write(PREFIX + module + A, p.a).write(PREFIX + module + B, p.b);
                if (p.isDora()) {
                    writer.write(PREFIX + module + MAGNITUDE, p.magnitude);
                }
            });
            whole.forEach((name, s) -> writer.write(PREFIX + name, s.values));
        }
        Json.write(directory.resolve(AdapterConfig.FILE), config.toJson());
    }
}
