package dev.hone.llm.forward;

import dev.hone.llm.format.AdapterFiles;
import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.format.ModelTraits.Turn;
import dev.hone.llm.kernel.Matrix;
import dev.hone.llm.kernel.WorkTeam;
import dev.hone.llm.model.ModelLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A decoder over packed weights; see {@code decoder.torchscript} for what it computes. */
final class PackedModel implements ForwardModel {
    private final ModelConfig config;
    private final List<PackedLayer> layers;
    private final float[] finalNorm;
    private final Matrix embedding;
    private final WeightPacker.Head head;
    private final List<RotaryTable> tables;
    private final StepBuffers buffers;
    private final PagedAttention attention;

    private PackedModel(ModelConfig config, List<PackedLayer> layers, float[] finalNorm, Matrix embedding, WeightPacker.Head head, List<RotaryTable> tables) {
        this.config = config;
        this.layers = List.copyOf(layers);
        this.finalNorm = finalNorm;
        this.embedding = embedding;
        this.head = head;
        this.tables = List.copyOf(tables);
        buffers = new StepBuffers(config);
        attention = new PagedAttention(config);
    }

    static PackedModel pack(ModelConfig config, WeightPacker packer) {
        List<AutoCloseable> made = new ArrayList<>();
        try {
            Map<Turn, RotaryTable> tables = tables(config);
            List<PackedLayer> layers = new ArrayList<>();
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                layers.add(layer(config, packer, layer, tables, made));
            }
            List<ModelLayout.Weight> others = ModelLayout.others(config);
            float[] finalNorm = packer.vector(others.getFirst());
            WeightPacker.Head head = packer.head(others.getLast());
            made.add(head.matrix());
            Matrix embedding = config.tieWordEmbeddings() ? head.matrix() : packer.embedding(others.get(1));
            return new PackedModel(config, layers, finalNorm, embedding, head, List.copyOf(tables.values()));
        } catch (RuntimeException | Error e) {
            made.forEach(PackedModel::closeQuietly);
            throw e;
        }
    }

    private static void closeQuietly(AutoCloseable matrix) {
        try {
            matrix.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Map<Turn, RotaryTable> tables(ModelConfig config) {
        Map<Turn, RotaryTable> tables = new EnumMap<>(Turn.class);
        config.traits().layers().forEach(layer -> {
            if (layer.turn() != Turn.NONE) {
                tables.computeIfAbsent(layer.turn(), turn -> new RotaryTable(turn == Turn.GLOBAL ? config.rope().frequencies(config.headDim()) : config.rope().localFrequencies(config.headDim())));
            }
        });
        return tables;
    }

    private static PackedLayer layer(ModelConfig config, WeightPacker packer, int layer, Map<Turn, RotaryTable> tables, List<AutoCloseable> made) {
        List<Projection> projections = new ArrayList<>();
        for (Projection.Kind kind : Projection.Kind.values()) {
            projections.add(packer.projection(layer, kind));
            made.add(projections.getLast().matrix());
        }
        List<Optional<float[]>> norms = ModelLayout.layer(config, layer).subList(0, ModelLayout.placeOfLinear(0)).stream()
                .map(place -> place.isThere() ? Optional.of(packer.vector(place)) : Optional.<float[]>empty()).toList();
        var kind = config.traits().layers().get(layer);
        return new PackedLayer(norms.get(0).orElseThrow(), norms.get(1).orElseThrow(), norms.get(2), norms.get(3), norms.get(4), norms.get(5),
                projections.get(0), projections.get(1), projections.get(2), projections.get(3),
                Optional.ofNullable(tables.get(kind.turn())), kind.slides() ? config.traits().slidingWindow() : 0);
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public long parameters() {
        return ModelLayout.parameters(config);
    }

    @Override
    public long bytes() {
        return layers.stream().mapToLong(PackedLayer::bytes).sum() + head.matrix().bytes() + (embedding == head.matrix() ? 0 : embedding.bytes());
    }

    Matrix embedding() {
        return embedding;
    }

    @Override
    public KvBlocks newBlocks(int count) {
        return new PagedKv(config, count);
    }

    @Override
    public Adapter adapter(Path directory) {
        return LoraAdapter.of(config, AdapterFiles.load(directory));
    }

    @Override
    public void step(List<Slice> slices, KvBlocks blocks, WorkTeam team, StepReader reader) {
        TokenRows rows = new TokenRows(slices);
        rows.requireWithin(config.vocabSize());
        PagedKv kv = (PagedKv) blocks;
        kv.take(rows);
        tables.forEach(table -> table.upTo(rows.longest()));
        buffers.ensure(rows.count(), head.roundsInputs() || layers.stream().anyMatch(PackedLayer::roundsInputs));
        DecoderStep step = new DecoderStep(config, rows, kv, attention, buffers, team);
        step.embed(embedding);
        for (int layer = 0; layer < layers.size(); layer++) {
            step.layer(layer, layers.get(layer), layer + 1 < layers.size() ? layers.get(layer + 1).beforeAttention() : finalNorm);
        }
        new StepOutput(config, rows, buffers, team, reader).hand(head);
    }

    @Override
    public void close() {
        layers.forEach(PackedLayer::close);
        head.matrix().close();
        if (embedding != head.matrix()) {
            embedding.close();
        }
    }
}
