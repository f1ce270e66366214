package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.hone.llm.bridge.TorchProgram;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;

/** Loads the program text with a model's numbers, and makes the tensors it wants beside the weights. */
public final class ModelProgram {
    private static final String[] PARTS = {"decoder.torchscript", "generation.torchscript", "nf4.torchscript", "training.torchscript", "calibration.torchscript"};

    private ModelProgram() {}

    /**
     * How the linear modules are stored and adapted.
     *
     * @param slot tensors per linear module: 1 plain, 2 int8, 4 NF4
     * @param loraDropout share of an adapter's inputs dropped in training
     */
    public record Variant(int slot, double loraDropout) {
        public static final Variant PLAIN = new Variant(1, 0);

        public Variant {
            if (slot != 1 && slot != 2 && slot != 4) {
                throw new IllegalArgumentException("A linear module takes 1 tensor (plain), 2 (int8) or 4 (NF4), not " + slot + ".");
            }
        }
    }

    public static TorchProgram load(NDManager manager, ModelConfig config, Variant variant) {
        ModelTraits traits = config.traits();
        LinkedHashMap<String, Object> attributes = new LinkedHashMap<>();
        attributes.put("layers", config.numHiddenLayers());
        attributes.put("heads", config.numAttentionHeads());
        attributes.put("kv_heads", config.numKeyValueHeads());
        attributes.put("head_dim", config.headDim());
        attributes.put("rotary", config.rope().dimensions(config.headDim()));
        attributes.put("eps", config.rmsNormEps());
        attributes.put("tied", config.tieWordEmbeddings());
        attributes.put("fused", traits.fused());
        attributes.put("gelu", traits.gelu());
        attributes.put("norm_f32", traits.normAddsOne());
        attributes.put("attention_scale", traits.attentionScale());
        attributes.put("attention_cap", traits.attentionCap());
        attributes.put("logit_cap", traits.logitCap());
        attributes.put("embedding_scale", traits.embeddingScale());
        attributes.put("window", traits.slidingWindow());
        attributes.put("slot", variant.slot());
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

    /** Tokens one after the other as int64 [N]. */
    public static NDArray tokens(NDManager manager, List<int[]> rows) {
        long[] flat = new long[rows.stream().mapToInt(row -> row.length).sum()];
        int at = 0;
        for (int[] row : rows) {
            for (int token : row) {
                flat[at++] = token;
            }
        }
        return manager.create(flat);
    }

    /** Rows of equal length as int64 [B,T]. */
    public static NDArray tokens(NDManager manager, int[][] rows) {
        for (int[] row : rows) {
            if (row.length != rows[0].length) {
                throw new IllegalArgumentException("Expected rows of equal length, found " + rows[0].length + " and " + row.length + " tokens.");
            }
        }
        return tokens(manager, List.of(rows)).reshape(rows.length, rows[0].length);
    }

    /** A tensor of zero elements, which stands for "none" in a program's lists. */
    public static NDArray none(NDManager manager) {
        return manager.create(new Shape(0), DataType.FLOAT32);
    }
}
