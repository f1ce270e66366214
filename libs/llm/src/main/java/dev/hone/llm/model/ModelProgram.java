package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;

/** Loads the program text with a model's numbers, and makes the tensors it wants beside the weights. */
public final class ModelProgram {
    private static final String[] PARTS = {"decoder.torchscript", "nf4.torchscript", "training.torchscript", "calibration.torchscript"};

    private ModelProgram() {}

    /**
     * How the linear modules are stored and adapted.
     *
     * @param slot tensors per linear module: 1 plain, 4 NF4
     * @param loraScale factor of an adapter's output, alpha / r; without meaning where there is no adapter
     * @param loraDropout share of an adapter's inputs dropped in training
     */
    public record Variant(int slot, double loraScale, double loraDropout) {
        public static final Variant PLAIN = new Variant(1, 0, 0);

        public Variant {
            if (slot != 1 && slot != 4) {
                throw new IllegalArgumentException("A linear module takes 1 tensor (plain) or 4 (NF4), not " + slot + ".");
            }
        }
    }

    public static TorchProgram load(NDManager manager, ModelConfig config, Variant variant) {
        LinkedHashMap<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("layers", config.numHiddenLayers());
        attributes.put("heads", config.numAttentionHeads());
        attributes.put("kv_heads", config.numKeyValueHeads());
        attributes.put("eps", config.rmsNormEps());
        attributes.put("tied", config.tieWordEmbeddings());
        attributes.put("slot", variant.slot());
        attributes.put("lora_scale", variant.loraScale());
        attributes.put("dropout", variant.loraDropout());
        return TorchProgram.load(manager, "Decoder", source(), attributes);
    }

    private static String source() {
        StringBuilder text = new StringBuilder();
        for (String part : PARTS) {
            try (InputStream in = ModelProgram.class.getResourceAsStream(part)) {
                text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return text.toString();
    }

    /**
     * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) in the Hugging Face layout: both halves of a head share
     * the frequencies theta^(-2i/E).
     *
     * @return f32 cos and sin, each [tokens, headDim]; the first half of sin negated, as the program wants it
     */
    public static NDArray[] rotary(NDManager manager, ModelConfig config, int tokens) {
        int e = config.headDim();
        float[] cos = new float[Math.multiplyExact(tokens, e)];
        float[] sin = new float[cos.length];
        for (int i = 0; i < e / 2; i++) {
            // Transformers computes frequency and angle in f32; their rounding is part of what a model was trained with
            float frequency = (float) (1.0 / Math.pow(config.ropeTheta(), 2.0 * i / e));
            for (int t = 0; t < tokens; t++) {
                float angle = t * frequency;
                cos[t * e + i] = cos[t * e + e / 2 + i] = (float) Math.cos(angle);
                sin[t * e + i] = -(float) Math.sin(angle);
                sin[t * e + e / 2 + i] = (float) Math.sin(angle);
            }
        }
        Shape shape = new Shape(tokens, e);
        return new NDArray[] {manager.create(cos, shape), manager.create(sin, shape)};
    }

    /** Rows of equal length as int64 [B,T]. */
    public static NDArray tokens(NDManager manager, int[][] rows) {
        int length = rows[0].length;
        long[] flat = new long[Math.multiplyExact(rows.length, length)];
        for (int r = 0; r < rows.length; r++) {
            if (rows[r].length != length) {
                throw new IllegalArgumentException("Expected rows of equal length, found " + length + " and " + rows[r].length + " tokens.");
            }
            for (int t = 0; t < length; t++) {
                flat[r * length + t] = rows[r][t];
            }
        }
        return manager.create(flat, new Shape(rows.length, length));
    }

    /** A tensor of zero elements, which stands for "none" in a program's lists. */
    public static NDArray none(NDManager manager) {
        return manager.create(new Shape(0), DataType.FLOAT32);
    }
}
