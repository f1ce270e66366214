package dev.hone.llm.eval;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.WeightSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A Llama in double precision, slow and plain, from the formulas of Touvron et al. 2023 (arXiv:2302.13971) with grouped
 * queries: RMSNorm, rotary embedding of half-split heads, causal softmax attention, SwiGLU. It shares no code with the
 * program it checks.
 */
public final class ReferenceLlama {
    private final ModelConfig c;
    private final WeightSource weights;
    private final boolean roundsActivations;
    private final boolean roundsForHead;
    private final Map<String, float[]> read = new HashMap<>();

    ReferenceLlama(ModelConfig config, WeightSource weights) {
        this(config, weights, false, false);
    }

    /**
     * @param roundsActivations whether the layers' linear modules read int8, 127 codes to the largest value of a token
     * @param roundsForHead whether the output head does
     */
    public ReferenceLlama(ModelConfig config, WeightSource weights, boolean roundsActivations, boolean roundsForHead) {
        this.roundsForHead = roundsForHead;
        this.c = config;
        this.weights = weights;
        this.roundsActivations = roundsActivations;
    }

    /** @return [T][V], the logits after each token */
    public double[][] logits(int[] ids) {
        double[][] x = new double[ids.length][c.hiddenSize()];
        for (int t = 0; t < ids.length; t++) {
            for (int d = 0; d < c.hiddenSize(); d++) {
                x[t][d] = weight("model.embed_tokens.weight")[ids[t] * c.hiddenSize() + d];
            }
        }
        for (int layer = 0; layer < c.numHiddenLayers(); layer++) {
            layer(x, "model.layers." + layer + ".");
        }
        double[][] logits = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            logits[t] = times(c.tieWordEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight", rounded(norm(x[t], "model.norm.weight"), roundsForHead), c.vocabSize());
        }
        return logits;
    }

    private void layer(double[][] x, String layer) {
        int tokens = x.length;
        double[][] q = new double[tokens][];
        double[][] k = new double[tokens][];
        double[][] v = new double[tokens][];
        for (int t = 0; t < tokens; t++) {
            double[] h = norm(x[t], layer + "input_layernorm.weight");
            q[t] = rotated(module(layer + "self_attn.q_proj.weight", h, c.numAttentionHeads() * c.headDim()), t);
            k[t] = rotated(module(layer + "self_attn.k_proj.weight", h, c.numKeyValueHeads() * c.headDim()), t);
            v[t] = module(layer + "self_attn.v_proj.weight", h, c.numKeyValueHeads() * c.headDim());
        }
        for (int t = 0; t < tokens; t++) {
            add(x[t], module(layer + "self_attn.o_proj.weight", attention(q[t], k, v, t), c.hiddenSize()));
            double[] h = norm(x[t], layer + "post_attention_layernorm.weight");
            double[] gate = module(layer + "mlp.gate_proj.weight", h, c.intermediateSize());
            double[] up = module(layer + "mlp.up_proj.weight", h, c.intermediateSize());
            for (int f = 0; f < gate.length; f++) {
                gate[f] = gate[f] / (1 + Math.exp(-gate[f])) * up[f];
            }
            add(x[t], module(layer + "mlp.down_proj.weight", gate, c.hiddenSize()));
        }
    }

    /** Token t sees tokens 0 to t. */
    private double[] attention(double[] q, double[][] k, double[][] v, int t) {
        int e = c.headDim();
        int group = c.numAttentionHeads() / c.numKeyValueHeads();
        double[] out = new double[q.length];
        for (int head = 0; head < c.numAttentionHeads(); head++) {
            int kv = head / group * e;
            double[] scores = new double[t + 1];
            double sum = 0;
            for (int s = 0; s <= t; s++) {
                double dot = 0;
                for (int i = 0; i < e; i++) {
                    dot += q[head * e + i] * k[s][kv + i];
                }
                scores[s] = Math.exp(dot / Math.sqrt(e));
                sum += scores[s];
            }
            for (int s = 0; s <= t; s++) {
                for (int i = 0; i < e; i++) {
                    out[head * e + i] += scores[s] / sum * v[s][kv + i];
                }
            }
        }
        return out;
    }

    private double[] rotated(double[] heads, int position) {
        int e = c.headDim();
        double[] out = new double[heads.length];
        for (int from = 0; from < heads.length; from += e) {
            for (int i = 0; i < e / 2; i++) {
                double angle = position * Math.pow(c.rope().theta(), -2.0 * i / e);
                double a = heads[from + i];
                double b = heads[from + i + e / 2];
                out[from + i] = a * Math.cos(angle) - b * Math.sin(angle);
                out[from + i + e / 2] = b * Math.cos(angle) + a * Math.sin(angle);
            }
        }
        return out;
    }

    private double[] norm(double[] x, String weight) {
        double square = 0;
        for (double value : x) {
            square += value * value / x.length;
        }
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] / Math.sqrt(square + c.rmsNormEps()) * weight(weight)[i];
        }
        return out;
    }

    private double[] module(String weight, double[] x, int rows) {
        return times(weight, rounded(x, roundsActivations), rows);
    }

    private static double[] rounded(double[] x, boolean rounds) {
        double scale = Arrays.stream(x).map(Math::abs).max().orElseThrow() / 127;
        return rounds ? Arrays.stream(x).map(value -> scale * Math.rint(value / scale)).toArray() : x;
    }

    private double[] times(String weight, double[] x, int rows) {
        float[] w = weight(weight);
        double[] out = new double[rows];
        for (int r = 0; r < rows; r++) {
            for (int i = 0; i < x.length; i++) {
                out[r] += w[r * x.length + i] * x[i];
            }
        }
        return out;
    }

    private static void add(double[] to, double[] more) {
        for (int i = 0; i < to.length; i++) {
            to[i] += more[i];
        }
    }

    private float[] weight(String name) {
        return read.computeIfAbsent(name, weights::floats);
    }

    static double crossEntropy(double[] logits, int label) {
        double sum = 0;
        for (double logit : logits) {
            sum += Math.exp(logit);
        }
        return Math.log(sum) - logits[label];
    }

    static int likeliest(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }
}
