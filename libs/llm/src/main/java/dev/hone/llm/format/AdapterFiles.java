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
 * {@code base_model.model.<module>.lora_A.weight} [r, in] and {@code lora_B.weight} [out, r].
 *
 * @param pairs by module name as in the base model's weights, without {@code .weight}:
 *     {@code model.layers.0.self_attn.q_proj}
 */
public record AdapterFiles(AdapterConfig config, Map<String, Pair> pairs) {
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String A = ".lora_A.weight";
    private static final String B = ".lora_B.weight";
    private static final Pattern KEY = Pattern.compile(Pattern.quote(PREFIX) + "(.+)\\.lora_([AB])\\.weight");

    /**
     * The matrices of one linear module, row-major; the module computes W0·x + scale · B·(A·x).
     *
     * @param a [r, in]
     * @param b [out, r]
     */
    public record Pair(int in, int out, int r, float[] a, float[] b) {
        public Pair {
            if (a.length != r * in || b.length != out * r) {
                throw new FormatException("Expected LoRA matrices A [" + r + ", " + in + "] and B [" + out + ", " + r + "], found " + a.length + " and " + b.length + " values.");
            }
        }
    }

    public AdapterFiles {
        pairs = new TreeMap<>(pairs);
    }

    /** Whether the directory holds an adapter, and not a whole model. */
    public static boolean existsIn(Path directory) {
        return Files.exists(directory.resolve(AdapterConfig.FILE));
    }

    public Optional<Pair> pair(String module) {
        return Optional.ofNullable(pairs.get(module));
    }

    /** @throws FormatException if the files are damaged, or the adapter does more than plain LoRA */
    public static AdapterFiles load(Path directory) {
        AdapterConfig config = AdapterConfig.load(directory);
        Path file = directory.resolve(WEIGHTS);
        if (!Files.exists(file)) {
            throw new FormatException("Expected " + WEIGHTS + " in " + directory + ", found none. Adapters in pickle files (adapter_model.bin) are not read.");
        }
        try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
            Map<String, Pair> pairs = new TreeMap<>();
            for (String name : tensors.names()) {
                String module = module(name, file);
                if (name.endsWith(A)) {
                    pairs.put(module, pair(tensors, module, config));
                } else {
                    tensors.info(PREFIX + module + A);
                }
            }
            return new AdapterFiles(config, pairs);
        }
    }

    private static String module(String key, Path file) {
        Matcher matcher = KEY.matcher(key);
        if (!matcher.matches()) {
            throw new FormatException("Expected keys like " + PREFIX + "model.layers.0.self_attn.q_proj" + A + " in " + file + ", found " + key
                    + ". Hone applies plain LoRA on linear layers only.");
        }
        return matcher.group(1);
    }

    private static Pair pair(SafetensorsFile tensors, String module, AdapterConfig config) {
        List<Long> a = tensors.info(PREFIX + module + A).shape();
        List<Long> b = tensors.info(PREFIX + module + B).shape();
        if (a.size() != 2 || b.size() != 2 || a.get(0) != config.r() || b.get(1) != config.r()) {
            throw new FormatException("Expected A [" + config.r() + ", in] and B [out, " + config.r() + "] for " + module + " by r in adapter_config.json, found " + a + " and " + b + ".");
        }
        return new Pair(a.get(1).intValue(), b.get(0).intValue(), config.r(), tensors.floats(PREFIX + module + A), tensors.floats(PREFIX + module + B));
    }

    /** Writes both files, the matrices as F32, as PEFT keeps them. */
    public void write(Path directory) {
        List<TensorInfo> infos = new ArrayList<>();
        pairs.forEach((module, p) -> {
            infos.add(TensorInfo.of(PREFIX + module + A, DType.F32, p.r, p.in));
            infos.add(TensorInfo.of(PREFIX + module + B, DType.F32, p.out, p.r));
        });
        try (SafetensorsWriter writer = SafetensorsWriter.create(directory.resolve(WEIGHTS), infos)) {
            pairs.forEach((module, p) -> writer.write(PREFIX + module + A, p.a).write(PREFIX + module + B, p.b));
        }
        Json.write(directory.resolve(AdapterConfig.FILE), config.toJson());
    }
}
