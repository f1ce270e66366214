package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.Matrix;
import dev.hone.llm.kernel.WorkTeam;
import java.util.Optional;

/** The layers' part of a step: all tokens through one layer after the other. */
final class DecoderStep {
    private final ModelConfig config;
    private final TokenRows rows;
    private final PagedKv kv;
    private final PagedAttention attention;
    private final PagedAttention.Plan plan;
    private final LoraGroups adapters;
    private final StepBuffers buffers;
    private final WorkTeam team;
    private final int width;
    private final float eps;

    DecoderStep(ModelConfig config, TokenRows rows, PagedKv kv, PagedAttention attention, StepBuffers buffers, WorkTeam team) {
        this.config = config;
        this.rows = rows;
        this.kv = kv;
        this.attention = attention;
        this.buffers = buffers;
        this.team = team;
        plan = attention.plan(rows, team.threads());
        adapters = new LoraGroups(rows);
        width = config.hiddenSize();
        eps = (float) config.rmsNormEps();
    }

    /** The tokens' embeddings to x. */
    void embed(Matrix embedding) {
        float scale = (float) config.traits().embeddingScale();
        RowWork.each(team, rows.count(), width, row -> {
            embedding.row(rows.token(row), buffers.x, row * width);
            if (scale != 1) {
                for (int i = row * width; i < (row + 1) * width; i++) {
                    buffers.x[i] *= scale;
                }
            }
        });
    }

    /** @param next the norm of what comes after this layer: x through it is in {@link StepBuffers#normed} afterwards */
    void layer(int number, PackedLayer layer, float[] next) {
        if (number == 0) {
            RowWork.each(team, rows.count(), width, row -> Norms.apply(buffers.x, row * width, layer.beforeAttention(), eps, buffers.normed, row * width));
        }
        project(number, layer.qkv(), buffers.normed, buffers.qkv);
        turnAndStore(number, layer);
        attention.run(plan, rows, kv, number, layer.window(), buffers.qkv, buffers.attended, team);
        project(number, layer.output(), buffers.attended, buffers.change);
        join(layer.afterAttention(), layer.beforeFeedForward());
        project(number, layer.gateUp(), buffers.normed, buffers.gateUp);
        gate();
        project(number, layer.down(), buffers.gated, buffers.change);
        join(layer.afterFeedForward(), next);
    }

    private void project(int layer, Projection projection, float[] x, float[] y) {
        Matrix matrix = projection.matrix();
        int inputs = matrix.inputs();
        int outputs = matrix.outputs();
        float[] read = x;
        if (projection.roundsInputs()) {
            read = buffers.rounded;
            RowWork.each(team, rows.count(), inputs, row -> ActivationRounding.apply(x, row * inputs, inputs, buffers.rounded));
        }
        matrix.multiply(read, rows.count(), y, team);
        if (projection.bias().isPresent()) {
            float[] bias = projection.bias().get();
            RowWork.each(team, rows.count(), outputs, row -> add(bias, 0, y, row * outputs, outputs));
        }
        if (!adapters.isEmpty()) {
            adapters.add(layer, projection.kind(), x, inputs, y, outputs, rows.count(), team);
        }
    }

    private static void add(float[] values, int from, float[] to, int at, int count) {
        for (int i = 0; i < count; i++) {
            to[at + i] += values[from + i];
        }
    }

    private void turnAndStore(int number, PackedLayer layer) {
        int queries = config.numAttentionHeads();
        int keys = config.numKeyValueHeads();
        int size = config.headDim();
        int qkvWidth = StepBuffers.qkvWidth(config);
        RowWork.each(team, rows.count(), qkvWidth, row -> {
            int at = row * qkvWidth;
            int position = rows.position(row);
            prepare(layer.queries(), layer.rotary(), at, queries, size, position);
            prepare(layer.keys(), layer.rotary(), at + queries * size, keys, size, position);
            int block = rows.slice(row).blocks()[position / KvBlocks.TOKENS];
            int from = at + queries * size;
            kv.store(number, block, position % KvBlocks.TOKENS, buffers.qkv, from, from + keys * size, rows.isLastOfSlice(row));
        });
    }

    private void prepare(Optional<float[]> norm, Optional<RotaryTable> rotary, int at, int heads, int size, int position) {
        for (int head = 0; head < heads; head++) {
            int from = at + head * size;
            norm.ifPresent(weight -> Norms.apply(buffers.qkv, from, weight, eps, buffers.qkv, from));
            rotary.ifPresent(table -> table.turn(buffers.qkv, from, position));
        }
    }

    private void gate() {
        int f = config.intermediateSize();
        boolean gelu = config.traits().gelu();
        RowWork.each(team, rows.count(), 4 * f, row -> GatedUnit.apply(gelu, buffers.gateUp, row * 2 * f, f, buffers.gated, row * f));
    }

    /** Adds the change to x, normed where the family does so, and norms x for what comes next. */
    private void join(Optional<float[]> norm, float[] next) {
        RowWork.each(team, rows.count(), width, row -> {
            int at = row * width;
            norm.ifPresent(weight -> Norms.apply(buffers.change, at, weight, eps, buffers.change, at));
            add(buffers.change, at, buffers.x, at, width);
            Norms.apply(buffers.x, at, next, eps, buffers.normed, at);
        });
    }
}
