package dev.hone.llm.quant;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.FloatCodec;
import dev.hone.llm.format.FormatException;
import dev.hone.llm.format.HoneJson;
import dev.hone.llm.format.TensorInfo;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.LoraBase;
import dev.hone.llm.lora.SavedWeights;
import dev.hone.llm.rounding.Parallel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A base model's weights with a LoRA adapter folded in: W = W0 + scale · B·A (Hu et al. 2021,
 * <a href="https://arxiv.org/abs/2106.09685">arXiv 2106.09685</a>, section 4.1). W0 is what the adapter was trained
 * against: after QLoRA the NF4 round trip of the base's weight (or the int8 one), which corrects for the base's rounding and would miss
 * against the original. Products are summed in float64. Tensors are merged when asked for; none is kept.
 */
final class MergedWeights implements WeightSource {
    private static final String WEIGHT = ".weight";

    private final WeightSource owned;
    private final WeightSource base;
    private final AdapterFiles adapter;
    private final LoraBase trainedOn;
    private final boolean bf16;

    /** @param trainedAs how the adapter was trained; an adapter from elsewhere counts as trained on the base as it lies */
    MergedWeights(WeightSource base, AdapterFiles adapter, Optional<HoneJson> trainedAs) {
        this.base = new SavedWeights(base, adapter);
        this.adapter = adapter;
        this.trainedOn = new LoraBase(trainedAs.map(LoraBase::roundingOf).orElse(LoraBase.Rounding.NONE), LoraBase.Unpacking.ONCE);
        this.owned = base;
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
        String module = name.substring(0, name.length() - WEIGHT.length());
        adapter.pair(module).ifPresent(pair -> {
            add(weights, pair, adapter.config().scale(module));
            if (pair.isDora()) {
                stretch(weights, pair);
            }
        });
        return weights;
    }

    @Override
    public void floats(String name, long first, float[] into) {
        if (isLinear(name)) {
            WeightSource.super.floats(name, first, into);
        } else {
            base.floats(name, first, into);
        }
    }

    @Override
    public Optional<MemorySegment> bytes(String name) {
        return isLinear(name) ? Optional.empty() : base.bytes(name);
    }

    @Override
    public void unload(String name) {
        base.unload(name);
    }

    /** The modules inside a layer: those that NF4 stores, LoRA adapts and quantizers round. */
    static boolean isLinear(String name) {
        return name.endsWith("_proj.weight");
    }

    private float[] asTrainedAgainst(TensorInfo info, float[] stored) {
        float[] weights = trainedOn.roundTrip(stored, info.shape().get(0).intValue(), info.shape().get(1).intValue());
        for (int i = 0; bf16 && i < weights.length; i++) {
            weights[i] = FloatCodec.roundToBf16(weights[i]);
        }
        return weights;
    }

    static void add(float[] weights, AdapterFiles.Pair pair, double scale) {
        int in = pair.in();
        Parallel.rows(pair.out(), row -> {
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

    /** DoRA: each row takes its learned magnitude for its length (Liu et al. 2024, arXiv:2402.09353, equation 5). */
    static void stretch(float[] weights, AdapterFiles.Pair pair) {
        Parallel.rows(pair.out(), row -> {
            double sum = 0;
            for (int i = row * pair.in(); i < (row + 1) * pair.in(); i++) {
                sum += (double) weights[i] * weights[i];
            }
            double factor = pair.magnitude()[row] / Math.sqrt(sum);
            for (int i = row * pair.in(); i < (row + 1) * pair.in(); i++) {
                weights[i] = (float) (weights[i] * factor);
            }
        });
    }

    @Override
    public void close() {
        owned.close();
    }
}
