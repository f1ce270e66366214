package dev.hone.llm.gguf;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.ModelConfig;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What a whole file is said to be, and by that which type each of its tensors has: llama.cpp's own mixes. Norms and biases
 * stay in F32; a quantized file's head, or the embedding that stands for it, takes Q6_K unless the file is Q8_0; Q4_K and Q5_K
 * are the mixes called M, which give Q6_K to the values and the down projections of about half of the layers.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-quant.cpp">llama_tensor_get_type_impl</a>
 */
enum FileType {
    F32(0, GgufType.F32), F16(1, GgufType.F16), BF16(32, GgufType.BF16), Q8_0(7, GgufType.Q8_0), Q4_0(2, GgufType.Q4_0), Q5_0(8, GgufType.Q5_0),
    Q4_K(15, GgufType.Q4_K), Q5_K(17, GgufType.Q5_K), Q6_K(18, GgufType.Q6_K);

    private static final String MIXED = "_m";
    /** llama.cpp takes a model of so many layers for one of 70 billion parameters, whose few values deserve more bits. */
    private static final int LAYERS_OF_70B = 80;

    private final int id;
    private final GgufType type;

    FileType(int id, GgufType type) {
        this.id = id;
        this.type = type;
    }

    /** The number under general.file_type. */
    int id() {
        return id;
    }

    /** @param name as recipes spell it, such as q4_k, in either case; q4_k_m and q5_k_m are the same as q4_k and q5_k */
    static FileType of(String name) {
        String plain = name.toLowerCase(Locale.ROOT);
        String bare = plain.endsWith("_k" + MIXED) ? plain.substring(0, plain.length() - MIXED.length()) : plain;
        return Arrays.stream(values()).filter(type -> type.name().toLowerCase(Locale.ROOT).equals(bare)).findFirst().orElseThrow(() -> new FormatException(
                "Expected a GGUF type of " + Arrays.stream(values()).map(type -> type.name().toLowerCase(Locale.ROOT)).collect(Collectors.joining(", ")) + ", found \"" + name + "\"."));
    }

    boolean isQuantized() {
        return type.blockLength() > 1;
    }

    /** What a tensor should have; its rows may not allow it, see {@link #fitting}. */
    GgufType wanted(GgufLayout.Place place, ModelConfig config) {
        if (place.shape().length == 1) {
            return GgufType.F32;
        }
        boolean head = place.role() == GgufLayout.Role.HEAD || place.role() == GgufLayout.Role.EMBEDDING && config.tieWordEmbeddings();
        if (head && isQuantized()) {
            return type == GgufType.Q8_0 || !type.fits(place.columns()) ? GgufType.Q8_0 : GgufType.Q6_K;
        }
        boolean mix = this == Q4_K || this == Q5_K;
        boolean more = mix && moreBits(place.layer(), config.numHiddenLayers());
        return switch (place.role()) {
            case VALUES -> more ? GgufType.Q6_K : this == Q4_K && isLarge(config) ? GgufType.Q5_K : type;
            case DOWN -> more ? GgufType.Q6_K : type;
            default -> type;
        };
    }

    private static boolean moreBits(int layer, int layers) {
        return layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2;
    }

    private static boolean isLarge(ModelConfig config) {
        return config.numHiddenLayers() == LAYERS_OF_70B && (config.modelType().equals("llama") || config.modelType().equals("mistral") || config.modelType().equals("qwen2"));
    }

    /** The nearest type that holds rows of so many values: llama.cpp's choice, but Q8_0 where it takes Q5_1, which Hone does not write. */
    static GgufType fitting(GgufType wanted, long columns) {
        if (wanted.fits(columns)) {
            return wanted;
        }
        GgufType smaller = switch (wanted) {
            case Q4_K -> GgufType.Q5_0;
            case Q5_K, Q6_K -> GgufType.Q8_0;
            default -> GgufType.F16;
        };
        return smaller.fits(columns) ? smaller : GgufType.F16;
    }
}
