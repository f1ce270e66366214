package dev.hone.llm.rounding;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * How a model's linear modules are stored, under the name that recipes use: a type, then in any order a granularity and a
 * method, joined by dashes, such as {@code int4}, {@code int4-g128-gptq}, {@code int8-tensor-entropy} or {@code w8a8-smoothquant}.
 *
 * <p>Types: {@code bf16}, {@code f16}, {@code nf4}, {@code int8}, {@code int4}, and with activations rounded to int8 token by
 * token {@code w8a8} and {@code w4a8}; the integers also with a zero point, {@code int8_asymmetric}. Granularity, the weights
 * that share a scale: {@code tensor}, {@code channel} (an output) or {@code g32}, {@code g64}, {@code g128} (so many
 * inputs of an output). Methods: see {@link Method}. What is left out: {@code channel} and {@code rtn} with eight bits, the recipe's
 * group size and {@code mse} with four.
 *
 * @param label as the recipe spells it; names the model's place in the store
 * @param group inputs that share a scale: {@link #CHANNEL}, {@link #TENSOR} or a number
 */
public record Scheme(String label, Type type, boolean symmetric, int group, Method method) {
    /** All inputs of an output share a scale. */
    public static final int CHANNEL = -1;

    /** All weights of a matrix share a scale. */
    public static final int TENSOR = 0;

    private static final Set<Integer> GROUPS = Set.of(16, 32, 64, 128);

    /** What the codes are, and what the activations are rounded to. */
    public enum Type {
        BF16(16, 0),
        F16(16, 0),
        NF4(4, 0),
        INT8(8, 0),
        INT4(4, 0),
        W8A8(8, 8),
        W4A8(4, 8);

        private final int bits;
        private final int activationBits;

        Type(int bits, int activationBits) {
            this.bits = bits;
            this.activationBits = activationBits;
        }

        public boolean integer() {
            return this != BF16 && this != F16 && this != NF4;
        }

        /** Whether weights become codes. */
        public boolean rounds() {
            return this != BF16 && this != F16;
        }
    }

    /** How the codes of a matrix are found. */
    public enum Method {
        /** Round to nearest between the smallest and the largest weight. */
        RTN,
        /** Round to nearest between percentiles; what lies outside is clipped. */
        PERCENTILE,
        /** The clipping that minimises the squared error, weighed by the calibrated inputs where there are any. */
        MSE,
        /** The clipping whose distribution has the least divergence from the weights' own. */
        ENTROPY,
        /** Column by column, the later ones making up for the earlier ones' errors (Frantar et al. 2022, arXiv:2210.17323). */
        GPTQ,
        /** Important inputs are scaled up before rounding (Lin et al. 2023, arXiv:2306.00978). */
        AWQ,
        /** What is hard to round in the activations moves into the weights (Xiao et al. 2022, arXiv:2211.10438). */
        SMOOTHQUANT,
        /** The model learns with rounded weights before it is rounded to nearest. */
        QAT;

        /** Whether it looks at what the modules read. */
        public boolean calibrated() {
            return EnumSet.of(GPTQ, AWQ, SMOOTHQUANT).contains(this);
        }
    }

    /**
     * @param groupSize for schemes of four bits that name no granularity
     * @throws QuantizationFailed if there is no such scheme, or it makes no sense
     */
    public static Scheme of(String label, int groupSize) {
        String[] parts = label.split("-");
        boolean asymmetric = parts[0].endsWith("_asymmetric");
        Type type = type(label, parts[0].replace("_asymmetric", ""));
        Integer group = null;
        Method method = null;
        for (String part : Arrays.copyOfRange(parts, 1, parts.length)) {
            if (group == null && isGroup(part)) {
                group = part.equals("tensor") ? TENSOR : part.equals("channel") ? CHANNEL : Integer.parseInt(part.substring(1));
            } else if (method == null) {
                method = method(label, part);
            } else {
                throw unknown(label);
            }
        }
        boolean four = type.bits == 4;
        Scheme scheme = new Scheme(label, type, !asymmetric, group != null ? group : four ? groupSize : CHANNEL, method != null ? method : four ? Method.MSE : Method.RTN);
        scheme.requireSense(parts.length > 1, group != null);
        return scheme;
    }

    private static boolean isGroup(String part) {
        return part.equals("tensor") || part.equals("channel") || part.matches("g\\d{2,3}") && GROUPS.contains(Integer.parseInt(part.substring(1)));
    }

    private static Type type(String label, String name) {
        return Arrays.stream(Type.values()).filter(t -> t.name().toLowerCase(Locale.ROOT).equals(name)).findFirst().orElseThrow(() -> unknown(label));
    }

    private static Method method(String label, String name) {
        return Arrays.stream(Method.values()).filter(m -> m.name().toLowerCase(Locale.ROOT).equals(name)).findFirst().orElseThrow(() -> unknown(label));
    }

    private static QuantizationFailed unknown(String label) {
        return new QuantizationFailed("unknown_scheme", "Expected a quantization scheme like int8, int4-g32-gptq or w8a8-smoothquant (a type of bf16, f16, nf4, int8, int4, w8a8, w4a8,"
                + " for integers also with _asymmetric; then tensor, channel, g16, g32, g64 or g128; then rtn, percentile, mse, entropy, gptq, awq, smoothquant or qat), found '" + label + "'.");
    }

    private void requireSense(boolean hasParts, boolean namesGroup) {
        if (!type.integer() && (hasParts || !symmetric)) {
            throw new QuantizationFailed("unknown_scheme", "A scheme of the type " + type.name().toLowerCase(Locale.ROOT) + " has no granularity, method or zero point to choose, found '" + label + "'.");
        }
        if (method == Method.ENTROPY && group > 0) {
            throw new QuantizationFailed("unknown_scheme", "Entropy compares distributions, which the " + group + " weights of a group are too few for: expected '"
                    + label.replace("-g" + group, "") + "' with tensor or channel, found '" + label + "'.");
        }
        if (method == Method.QAT && (!symmetric || group == TENSOR || namesGroup && type.bits == 8 && group > 0)) {
            throw new QuantizationFailed("unknown_scheme", "Training with rounded weights knows int4 and w4a8 by group or channel and int8 and w8a8 by channel, all symmetric, found '" + label + "'.");
        }
        if (method == Method.SMOOTHQUANT && type.activationBits == 0) {
            throw new QuantizationFailed("unknown_scheme", "SmoothQuant eases the rounding of activations, which " + label + " does not round: expected w8a8-smoothquant or w4a8-smoothquant.");
        }
    }

    /** The same storage, its codes found otherwise. */
    public Scheme by(Method other) {
        return new Scheme(label, type, symmetric, group, other);
    }

    /** Bits of a weight with its share of scales and zero points, nearly: what schemes are ordered by. */
    public double expectedBits() {
        double shared = group > 0 ? 1.0 / group : 0;
        return type.bits + (type == Type.NF4 ? 0.127 : shared * (16 + (symmetric ? 0 : type.bits)));
    }

    public int bits() {
        return type.bits;
    }

    /** Bits that each token's activations are rounded to before a linear module; 0: they are not. */
    public int activationBits() {
        return type.activationBits;
    }

    /** Inputs of a matrix of {@code columns} that share a scale; {@code columns} itself where a whole output does. */
    public int groupOf(int columns) {
        return group > 0 ? group : columns;
    }
}
