package dev.hone.llm.quant;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.nf4.Nf4;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A base model's weights with a LoRA adapter folded in: W = W0 + scale · B·A (Hu et al. 2021,
 * <a href="https://arxiv.org/abs/2106.09685">arXiv 2106.09685</a>, section 4.1). W0 is what the adapter was trained
 * against: after QLoRA the NF4 round trip of the base's weight, which corrects for the base's rounding and would miss
 * against the original. Products are summed in float64. Tensors are merged when asked for; none is kept.
 */
final class MergedWeights implements WeightSource {
    private static final String WEIGHT = ".weight";

    private final WeightSource base;
    private final AdapterFiles adapter;
    private final boolean nf4;
    private final boolean bf16;

    /** @param trainedAs how the adapter was trained; an adapter from elsewhere counts as trained on the base as it lies */
    MergedWeights(WeightSource base, AdapterFiles adapter, Optional<HoneJson> trainedAs) {
        this.base = base;
        this.adapter = adapter;
        this.nf4 = trainedAs.map(HoneJson::isNf4).orElse(false);
        this.bf16 = trainedAs.map(h -> h.computeDtype().equals("bf16")).orElse(false);
        adapter.pairs().forEach(this::checkFits);
    }

    private void checkFits(String module, AdapterFiles.Pair pair) {
        List<Long> expected = List.of((long) pair.out(), (long) pair.in());
        if (!base.contains(module + WEIGHT) || !base.info(module + WEIGHT).shape().equals(expected)) {
            throw new FormatException("The adapter holds matrices for " + module + " " + expected + ", and the base model has "
                    + (base.contains(module + WEIGHT) ? base.info(module + WEIGHT).shape() : "no such module")
                    + ". They belong to different models; base_model_name_or_path names '" + adapter.config().baseModel() + "'.");
        }
    }

    @Override
    public Set<String> names() {
        return base.names();
    }

    @Override
    public TensorInfo info(String name) {
        return base.info(name);
    }

    @Override
    public float[] floats(String name) {
        if (!isLinear(name)) {
            return base.floats(name);
        }
        float[] weights = asTrainedAgainst(base.info(name), base.floats(name));
        adapter.pair(name.substring(0, name.length() - WEIGHT.length())).ifPresent(pair -> add(weights, pair, adapter.config().scale()));
        return weights;
    }

    /** The modules inside a layer: those that NF4 stores, LoRA adapts and quantizers round. */
    static boolean isLinear(String name) {
        return name.endsWith("_proj.weight");
    }

    private float[] asTrainedAgainst(TensorInfo info, float[] stored) {
        float[] weights = nf4 ? Nf4.roundTrip(stored, info.shape().get(0).intValue(), info.shape().get(1).intValue()) : stored;
        for (int i = 0; bf16 && i < weights.length; i++) {
            weights[i] = FloatCodec.roundToBf16(weights[i]);
        }
        return weights;
    }

    static void add(float[] weights, AdapterFiles.Pair pair, double scale) {
        int in = pair.in();
        Int8Quantizer.rows(pair.out(), row -> {
            double[] product = new double[in];
            for (int k = 0; k < pair.r(); k++) {
                double b = pair.b()[row * pair.r() + k];
                for (int column = 0; column < in; column++) {
                    product[column] += b * pair.a()[k * in + column];
                }
            }
            for (int column = 0; column < in; column++) {
                int i = row * in + column;
                weights[i] = (float) (weights[i] + scale * product[column]);
            }
        });
    }

    @Override
    public void close() {
        base.close();
    }
}
