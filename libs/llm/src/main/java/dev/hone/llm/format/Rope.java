package dev.hone.llm.format;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Rotary position embedding (Su et al. 2021, arXiv:2104.09864) and its scaling to longer contexts.
 *
 * @param theta base of the frequencies
 * @param localTheta base of layers that have another one and no scaling; NaN where no layer has
 * @param share of a head's values that are turned, the first ones
 */
public record Rope(double theta, double localTheta, double share, Scaling scaling) {
    /** How frequencies are changed: not at all, all divided, or by their wavelength as Llama 3.1 does. */
    public sealed interface Scaling {
        record None() implements Scaling {}

        /** All frequencies divided by {@code factor}. */
        record Linear(double factor) implements Scaling {}

        /**
         * Waves longer than {@code originalContext / lowFreqFactor} are divided by {@code factor}, those shorter than
         * {@code originalContext / highFreqFactor} stay, and between them it goes over smoothly.
         */
        record Llama3(double factor, double lowFreqFactor, double highFreqFactor, double originalContext) implements Scaling {}
    }

    public static Rope plain(double theta) {
        return new Rope(theta, Double.NaN, 1, new Scaling.None());
    }

    public boolean hasLocal() {
        return !Double.isNaN(localTheta);
    }

    /** Values of a head of {@code headDim} that are turned. */
    public int dimensions(int headDim) {
        return (int) (headDim * share);
    }

    /**
     * The frequencies of the first half of the turned values, in f32 as Transformers computes them, because their rounding
     * is part of what a model was trained with.
     */
    public float[] frequencies(int headDim) {
        float[] frequencies = unscaled(theta, dimensions(headDim));
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = scaled(frequencies[i]);
        }
        return frequencies;
    }

    /** The same for layers with {@code localTheta}. */
    public float[] localFrequencies(int headDim) {
        return unscaled(localTheta, dimensions(headDim));
    }

    private static float[] unscaled(double theta, int dimensions) {
        float[] frequencies = new float[dimensions / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / (float) Math.pow(theta, (float) (2 * i) / dimensions);
        }
        return frequencies;
    }

    private float scaled(float frequency) {
        return switch (scaling) {
            case Scaling.None none -> frequency;
            case Scaling.Linear linear -> frequency / (float) linear.factor();
            case Scaling.Llama3 s -> {
                double wavelength = 2 * Math.PI / frequency;
                if (wavelength > s.originalContext() / s.lowFreqFactor()) {
                    yield frequency / (float) s.factor();
                }
                if (wavelength < s.originalContext() / s.highFreqFactor()) {
                    yield frequency;
                }
                double smooth = (s.originalContext() / wavelength - s.lowFreqFactor()) / (s.highFreqFactor() - s.lowFreqFactor());
                yield (float) ((1 - smooth) * frequency / s.factor() + smooth * frequency);
            }
        };
    }

    /** Reads {@code rope_theta} and {@code rope_scaling}, or Transformers 5's {@code rope_parameters}. */
    static Rope read(ConfigReader c, double defaultTheta) {
        var parameters = c.node("rope_parameters");
        boolean nested = parameters.isObject() && parameters.has("full_attention");
        var global = nested ? parameters.path("full_attention") : parameters;
        double theta = c.decimal("rope_theta", global.path("rope_theta").asDouble(defaultTheta));
        double share = c.decimal("partial_rotary_factor", global.path("partial_rotary_factor").asDouble(1));
        String key = c.node("rope_scaling").isObject() ? "rope_scaling" : "rope_parameters";
        var scaling = key.equals("rope_scaling") ? c.node("rope_scaling") : global;
        return new Rope(theta, Double.NaN, share, scaling(c, key, scaling));
    }

    Rope withLocal(double localTheta) {
        return new Rope(theta, localTheta, share, scaling);
    }

    private static Scaling scaling(ConfigReader c, String key, JsonNode s) {
        String type = s.path("rope_type").asText(s.path("type").asText("default"));
        return switch (type) {
            case "default" -> new Scaling.None();
            case "linear" -> new Scaling.Linear(positive(c, key, s, "factor"));
            case "llama3" -> new Scaling.Llama3(positive(c, key, s, "factor"), positive(c, key, s, "low_freq_factor"), positive(c, key, s, "high_freq_factor"),
                    positive(c, key, s, "original_max_position_embeddings"));
            default -> throw c.refused(key, "Hone scales rotary embeddings as 'linear' and 'llama3' say, and not as '" + type + "'");
        };
    }

    private static double positive(ConfigReader c, String key, JsonNode scaling, String number) {
        double value = scaling.path(number).asDouble();
        if (!(value > 0)) {
            throw c.refused(key, "its " + number + " must be a number above 0");
        }
        return value;
    }
}
