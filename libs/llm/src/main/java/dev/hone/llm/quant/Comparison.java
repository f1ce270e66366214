package dev.hone.llm.quant;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.QuantizationConfig;
import dev.hone.llm.format.WeightSource;
import dev.hone.llm.lora.AdaptedModel;
import dev.hone.llm.model.LastHidden;
import dev.hone.llm.model.LayerWalk;
import dev.hone.llm.model.ModelLayout;
import dev.hone.llm.model.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Compares models with the merged one, token by token. The merged model's last hidden states are kept, so it runs once. */
final class Comparison implements AutoCloseable {
    /** Computed in bf16 from here on: f32 would take several times as long. */
    private static final long LARGE = 400_000_000;

    private final ModelConfig config;
    private final Precision precision;
    private final HeldOutRows rows;
    private final BooleanSupplier stop;
    private final LayerWalk walk;
    private final LastHidden merged;

    /** @param stop looked at before every layer of every model */
    Comparison(ModelConfig config, WeightSource merged, HeldOutRows rows, BooleanSupplier stop) {
        this.config = config;
        this.precision = precisionOf(config);
        this.rows = rows;
        this.stop = stop;
        this.walk = LayerWalk.through(config, merged, precision, 0, rows.ids());
        try {
            this.merged = last(walk);
        } catch (RuntimeException | Error e) {
            walk.close();
            throw e;
        }
    }

    private LastHidden last(LayerWalk rowsOnTheirWay) {
        while (rowsOnTheirWay.layer() < config.numHiddenLayers()) {
            if (stop.getAsBoolean()) {
                throw new QuantizationInterrupted();
            }
            rowsOnTheirWay.advance();
        }
        return rowsOnTheirWay.last();
    }

    static Precision precisionOf(ModelConfig config) {
        return ModelLayout.parameters(config) < LARGE ? Precision.F32 : Precision.BF16;
    }

    Precision precision() {
        return precision;
    }

    HeldOutRows rows() {
        return rows;
    }

    /** A model directory against the merged model, read from its files as whoever runs it reads them. */
    List<LastHidden.Position> with(Path directory) {
        try (WeightSource source = WeightSource.open(directory);
                LayerWalk other = LayerWalk.through(ModelConfig.load(directory), source, precision, QuantizationConfig.of(directory).activationBits(), rows.ids())) {
            return with(other);
        }
    }

    /** A model on its way against the merged model; goes to its end. */
    List<LastHidden.Position> with(LayerWalk other) {
        return merged.compare(last(other), rows.ids(), rows.counts());
    }

    /** The merged model against the adapter over its base. */
    List<LastHidden.Position> ofAdapter(Path base, Path adapter) {
        try (LayerWalk adapted = AdaptedModel.walk(base, adapter, precision, rows.ids())) {
            return last(adapted).compare(merged, rows.ids(), rows.counts());
        }
    }

    static Fidelity fidelity(List<LastHidden.Position> positions) {
        double[] kl = positions.stream().mapToDouble(LastHidden.Position::kl).sorted().toArray();
        double loss = positions.stream().mapToDouble(LastHidden.Position::loss).average().orElseThrow();
        double reference = positions.stream().mapToDouble(LastHidden.Position::referenceLoss).average().orElseThrow();
        double mean = positions.stream().mapToDouble(LastHidden.Position::kl).average().orElseThrow();
        double same = positions.stream().mapToDouble(p -> p.sameTop() ? 1 : 0).average().orElseThrow();
        // the smallest value that 99.9 % of all positions do not exceed
        double high = kl[Math.min(kl.length - 1, (int) Math.ceil(0.999 * kl.length) - 1)];
        return new Fidelity(Math.exp(loss), Math.exp(reference), mean, high, same, kl.length);
    }

    /** How fidelity is measured, to stand beside the numbers. */
    String protocol() {
        return "Over the first " + rows.rows().size() + " held-out rows, which no scheme has seen, every token that a model of this run learns to say (an answer's, or all of a text) is predicted"
                + " from the true ones before it, rows cut at " + Math.min(HeldOutRows.LONGEST_ROW, config.maxPositionEmbeddings()) + " tokens, in " + precision.label()
                + ". perplexity = exp(mean of -ln p(token)); kl = sum over the vocabulary of p ln(p/q), p the merged model's, in nats; same_top: the likeliest token is the same."
                + " Weights are read back from the written files; activations are rounded where the scheme says so.";
    }

    @Override
    public void close() {
        walk.close();
    }
}
