package dev.hone.llm.forward;

import dev.hone.llm.kernel.WorkTeam;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The adapters of a step, each with its rows, so that an adapter's matrices are read once however its rows are spread. */
final class LoraGroups {
    /** Pieces of work: so many rows by so many ranks of A, or outputs of B. */
    private static final int ROWS = 64;
    private static final int RANKS = 8;
    private static final int OUTPUTS = 1024;

    /** Rows of an adapter in a step while it decodes only. */
    private static final int FEW = 8;

    private record Group(LoraAdapter adapter, int[] rows) {}

    /** A part of the work: what goes from {@code from} to {@code to} are ranks or outputs. */
    private record Piece(LoraStack stack, LoraStack.Module module, int[] rows, int firstRow, int endRow, int from, int to) {}

    private final List<Group> groups = new ArrayList<>();
    private float[] low = new float[0];

    LoraGroups(TokenRows rows) {
        Map<Adapter, IntStream.Builder> found = new IdentityHashMap<>();
        List<LoraAdapter> order = new ArrayList<>();
        for (int s = 0; s < rows.slices().size(); s++) {
            if (rows.slices().get(s).adapter().isPresent()) {
                LoraAdapter adapter = (LoraAdapter) rows.slices().get(s).adapter().get();
                IntStream.Builder own = found.computeIfAbsent(adapter, a -> {
                    order.add(adapter);
                    return IntStream.builder();
                });
                IntStream.range(rows.first(s), rows.first(s + 1)).forEach(own);
            }
        }
        order.forEach(adapter -> groups.add(new Group(adapter, found.get(adapter).build().toArray())));
    }

    boolean isEmpty() {
        return groups.isEmpty();
    }

    /** Adds every row's B · A · x to y; x [N, in], y [N, out]. */
    void add(int layer, Projection.Kind kind, float[] x, int inputs, float[] y, int outputs, int rows, WorkTeam team) {
        int ranks = groups.stream().mapToInt(g -> g.adapter.stack(layer, kind).map(LoraStack::ranks).orElse(0)).max().orElse(0);
        if (ranks == 0) {
            return;
        }
        low = Scratch.atLeast(low, rows * ranks);
        float[] into = low;
        if (areManySmall(team.threads())) {
            team.run(groups.size(), g -> groups.get(g).adapter.stack(layer, kind).ifPresent(stack -> whole(stack, groups.get(g).rows, x, inputs, into, ranks, y, outputs)));
            return;
        }
        List<Piece> down = pieces(layer, kind, false);
        team.run(down.size(), part -> lower(down.get(part), x, inputs, into, ranks));
        List<Piece> up = pieces(layer, kind, true);
        team.run(up.size(), part -> raise(up.get(part), into, ranks, y, outputs));
    }

    /** Then each is one part, from x to y without waiting for the others in between. */
    private boolean areManySmall(int threads) {
        return groups.size() >= 4 * threads && groups.stream().allMatch(g -> g.rows.length <= FEW);
    }

    private static void whole(LoraStack stack, int[] rows, float[] x, int inputs, float[] low, int ranks, float[] y, int outputs) {
        lower(new Piece(stack, null, rows, 0, rows.length, 0, stack.ranks()), x, inputs, low, ranks);
        for (LoraStack.Module module : stack.modules()) {
            raise(new Piece(stack, module, rows, 0, rows.length, 0, module.outputs()), low, ranks, y, outputs);
        }
    }

    private List<Piece> pieces(int layer, Projection.Kind kind, boolean up) {
        List<Piece> pieces = new ArrayList<>();
        for (Group group : groups) {
            LoraStack stack = group.adapter.stack(layer, kind).orElse(null);
            for (int row = 0; stack != null && row < group.rows.length; row += ROWS) {
                int end = Math.min(group.rows.length, row + ROWS);
                for (int r = 0; !up && r < stack.ranks(); r += RANKS) {
                    pieces.add(new Piece(stack, null, group.rows, row, end, r, Math.min(stack.ranks(), r + RANKS)));
                }
                for (int m = 0; up && m < stack.modules().size(); m++) {
                    LoraStack.Module module = stack.modules().get(m);
                    for (int o = 0; o < module.outputs(); o += OUTPUTS) {
                        pieces.add(new Piece(stack, module, group.rows, row, end, o, Math.min(module.outputs(), o + OUTPUTS)));
                    }
                }
            }
        }
        return pieces;
    }

    private static void lower(Piece piece, float[] x, int inputs, float[] low, int ranks) {
        float[] lanes = Scratch.mine().lanes;
        int[] rows = piece.rows;
        int i = piece.firstRow;
        for (; i + 4 <= piece.endRow; i += 4) {
            for (int r = piece.from; r < piece.to; r++) {
                LoraKernels.dotFour(piece.stack.a(), r * piece.stack.rowBytes(), x, rows[i] * inputs, rows[i + 1] * inputs, rows[i + 2] * inputs, rows[i + 3] * inputs, inputs,
                        low, rows[i] * ranks + r, rows[i + 1] * ranks + r, rows[i + 2] * ranks + r, rows[i + 3] * ranks + r, lanes);
            }
        }
        for (; i < piece.endRow; i++) {
            int r = piece.from;
            for (; r + 4 <= piece.to; r += 4) {
                LoraKernels.dotRanks(piece.stack.a(), r * piece.stack.rowBytes(), piece.stack.rowBytes(), x, rows[i] * inputs, inputs, low, rows[i] * ranks + r, lanes);
            }
            for (; r < piece.to; r++) {
                low[rows[i] * ranks + r] = LoraKernels.dot(piece.stack.a(), r * piece.stack.rowBytes(), x, rows[i] * inputs, inputs, lanes);
            }
        }
    }

    private static void raise(Piece piece, float[] low, int ranks, float[] y, int outputs) {
        LoraStack.Module module = piece.module;
        int[] rows = piece.rows;
        int from = module.rankFrom();
        int to = module.outputFrom();
        int i = piece.firstRow;
        for (; i + 4 <= piece.endRow; i += 4) {
            int o = LoraKernels.raiseFour(module, piece.from, piece.to, low, rows[i] * ranks + from, rows[i + 1] * ranks + from, rows[i + 2] * ranks + from, rows[i + 3] * ranks + from,
                    y, rows[i] * outputs + to, rows[i + 1] * outputs + to, rows[i + 2] * outputs + to, rows[i + 3] * outputs + to);
            for (int k = 0; o < piece.to && k < 4; k++) {
                LoraKernels.raise(module, o, piece.to, low, rows[i + k] * ranks + from, y, rows[i + k] * outputs + to);
            }
        }
        for (; i < piece.endRow; i++) {
            LoraKernels.raise(module, piece.from, piece.to, low, rows[i] * ranks + from, y, rows[i] * outputs + to);
        }
    }
}
