package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.WorkTeam;

/**
 * Attention of a step's tokens over the blocks of their own sequences. A key-value head serves H / K query heads; their
 * queries of a token, token after token, are the rows that a part works through, eight at a time, because what is read of
 * keys and values serves all eight. Softmax is computed over all of a row's scores at once; every sum goes by the keys'
 * positions in the sequence, so that it is the same whichever rows are computed beside it.
 */
final class PagedAttention {
    /** Rows of a part: few enough that threads end together. */
    private static final int PART = 64;

    private final ModelConfig config;
    private final int group;
    private final int qkvWidth;
    private final int width;
    private final float queryScale;
    private final float cap;

    PagedAttention(ModelConfig config) {
        this.config = config;
        group = config.numAttentionHeads() / config.numKeyValueHeads();
        width = config.numAttentionHeads() * config.headDim();
        qkvWidth = width + 2 * config.numKeyValueHeads() * config.headDim();
        cap = (float) config.traits().attentionCap();
        queryScale = (float) config.traits().attentionScale();
    }

    /** The parts of a step, the same in every layer: slice, key-value head, first row and the row after the last. */
    record Plan(int[] slice, int[] head, int[] from, int[] to) {}

    /** Later rows first, because they see more and take longer; smaller parts where there would be fewer than threads. */
    Plan plan(TokenRows rows, int threads) {
        int size = PART;
        while (size > 1 && parts(rows, size) < threads) {
            size /= 2;
        }
        int all = parts(rows, size);
        Plan plan = new Plan(new int[all], new int[all], new int[all], new int[all]);
        int part = 0;
        for (int s = 0; s < rows.slices().size(); s++) {
            for (int to = rows.slices().get(s).tokens().length * group; to > 0; to -= size) {
                for (int head = 0; head < config.numKeyValueHeads(); head++) {
                    plan.slice[part] = s;
                    plan.head[part] = head;
                    plan.from[part] = Math.max(0, to - size);
                    plan.to[part++] = to;
                }
            }
        }
        return plan;
    }

    private int parts(TokenRows rows, int size) {
        return rows.slices().stream().mapToInt(s -> config.numKeyValueHeads() * Math.ceilDiv(s.tokens().length * group, size)).sum();
    }

    /**
     * @param qkv [N, (H + 2K)·E], turned
     * @param out [N, H·E]
     * @param window tokens that are seen, the token itself counted; 0: all
     */
    void run(Plan plan, TokenRows rows, PagedKv kv, int layer, int window, float[] qkv, float[] out, WorkTeam team) {
        team.run(plan.slice.length, part -> part(plan, part, rows, kv, layer, window, qkv, out));
    }

    private void part(Plan plan, int part, TokenRows rows, PagedKv kv, int layer, int window, float[] qkv, float[] out) {
        int s = plan.slice[part];
        Slice slice = rows.slices().get(s);
        int head = plan.head[part];
        Scratch scratch = Scratch.mine();
        int last = slice.position() + (plan.to[part] - 1) / group;
        locate(kv, slice.blocks(), last / KvBlocks.TOKENS + 1, scratch);
        AttentionTile tile = new AttentionTile(scratch, kv, kv.offset(layer, head), config.headDim(), cap);
        for (int row = plan.from[part]; row < plan.to[part]; row += AttentionTile.ROWS) {
            int n = Math.min(AttentionTile.ROWS, plan.to[part] - row);
            int token = row / group;
            tile.begin(n, slice.position() + token, slice.position() + (row + n - 1) / group, window);
            for (int i = 0; i < n; i++) {
                int t = rows.first(s) + (row + i) / group;
                tile.query(i, qkv, t * qkvWidth + (head * group + (row + i) % group) * config.headDim(), queryScale);
            }
            tile.score();
            for (int i = 0; i < n; i++) {
                tile.soften(i, slice.position() + (row + i) / group, window);
            }
            tile.mix();
            for (int i = 0; i < n; i++) {
                int t = rows.first(s) + (row + i) / group;
                tile.result(i, out, t * width + (head * group + (row + i) % group) * config.headDim());
            }
        }
    }

    private static void locate(PagedKv kv, int[] blocks, int count, Scratch scratch) {
        scratch.blocks(count);
        for (int b = 0; b < count; b++) {
            scratch.segments[b] = kv.segment(blocks[b]);
        }
    }
}
