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
    private static final String[] PARTS = {"decoder.torchscript", "generation.torchscript", "nf4.torchscript", "rounding.torchscript", "training.torchscript", "calibration.torchscript"};

    private ModelProgram() {}

    /**
     * How the linear modules are stored, adapted and rounded.
     *
     * @param slot tensors per linear module: 1 plain, 2 int8, 4 NF4
     * @param loraDropout share of an adapter's inputs dropped in training
     */
    public record Variant(int slot, double loraDropout, Rounded rounded) {
        public static final Variant PLAIN = new Variant(1, 0);

        public Variant {
            if (slot != 1 && slot != 2 && slot != 4) {
                throw new IllegalArgumentException("A linear module takes 1 tensor (plain), 2 (int8) or 4 (NF4), not " + slot + ".");
            }
            if (rounded.weightBits > 0 && (slot != 1 || loraDropout > 0)) {
                throw new IllegalArgumentException("Weights that learn rounded are stored plain and know no adapter's dropout, found " + slot + " tensors a module and dropout " + loraDropout + ".");
            }
        }

        public Variant(int slot, double loraDropout) {
            this(slot, loraDropout, Rounded.NONE);
        }

        /** Plain weights whose modules read rounded activations, as a model of the types w8a8 and w4a8 does. */
        public static Variant reading(int activationBits) {
            return reading(activationBits, 0);
        }

        /** @param headBits 8: the output head reads rounded activations too */
        public static Variant reading(int activationBits, int headBits) {
            return new Variant(1, 0, new Rounded(0, 0, activationBits, headBits, false));
        }
    }

    /**
     * What is rounded inside the program, all of it symmetric.
     *
     * @param weightBits 4 or 8: the layers' linear modules learn rounded; 0: their weights are taken as they are
     * @param weightGroup inputs of an output that share a scale; below 1: all of them
     * @param activationBits 8: what these modules read is rounded token by token, scale = max|x| / 127; 0: it is not
     * @param headBits 8: so is what the output head reads; 0: it is not
     * @param embedding whether each row of the embedding learns rounded to int8; with a tied head it is the head
     */
    public record Rounded(int weightBits, int weightGroup, int activationBits, int headBits, boolean embedding) {
        public static final Rounded NONE = new Rounded(0, 0, 0, 0, false);

        public Rounded {
            if (weightBits != 0 && weightBits != 4 && weightBits != 8 || activationBits != 0 && activationBits != 8 || headBits != 0 && headBits != 8) {
                throw new IllegalArgumentException("Weights are rounded to 4 or 8 bits and activations to 8, or not (0); found " + weightBits + ", " + activationBits + " and for the head " + headBits + ".");
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
        attributes.put("activation_bits", variant.rounded().activationBits());
        attributes.put("head_bits", variant.rounded().headBits());
        attributes.put("weight_bits", variant.rounded().weightBits());
        attributes.put("weight_group", variant.rounded().weightGroup());
        attributes.put("embedding_bits", variant.rounded().embedding() ? 8 : 0);
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
