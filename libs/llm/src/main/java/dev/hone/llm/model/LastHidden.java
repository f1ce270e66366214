package dev.hone.llm.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.hone.llm.bridge.TensorList;
import dev.hone.llm.bridge.TorchProgram;
import java.util.ArrayList;
import java.util.List;

/** The rows of a {@link LayerWalk} behind the last layer. */
public final class LastHidden {
    private final NDManager manager;
    private final TorchProgram program;
    private final List<List<Integer>> rows;
    private final List<NDArray> hidden;
    private final TensorList others;

    LastHidden(NDManager manager, TorchProgram program, List<List<Integer>> rows, List<NDArray> hidden, TensorList others) {
        this.manager = manager;
        this.program = program;
        this.rows = rows;
        this.hidden = hidden;
        this.others = others;
    }

    /**
     * One predicted token.
     *
     * @param row its row's number
     * @param referenceLoss −ln p(token) of the reference, nats
     * @param loss the same of the other model
     * @param kl KL(reference ‖ other) over the vocabulary, nats
     * @param sameTop whether both find the same token likeliest
     */
    public record Position(int row, double referenceLoss, double loss, double kl, boolean sameTop) {}

    /**
     * Compares another model's predictions with these.
     *
     * @param other the same rows behind the other model's last layer
     * @param rowIds the tokens of every row
     * @param counts which tokens of every row are to be predicted
     */
    public List<Position> compare(LastHidden other, List<int[]> rowIds, List<boolean[]> counts) {
        List<Position> positions = new ArrayList<>();
        for (int piece = 0; piece < rows.size(); piece++) {
            Targets targets = Targets.of(rows.get(piece), rowIds, counts);
            if (targets.owners.isEmpty()) {
                continue;
            }
            try (NDManager scope = manager.newSubManager()) {
                double[] flat = program.infer(scope, "divergence", hidden.get(piece), other.hidden.get(piece), longs(scope, targets.places), longs(scope, targets.labels),
                        others.get(0), others.get(2), other.others.get(0), other.others.get(2)).get(0).toDoubleArray();
                int m = targets.owners.size();
                for (int i = 0; i < m; i++) {
                    positions.add(new Position(targets.owners.get(i), flat[i], flat[m + i], flat[2 * m + i], flat[3 * m + i] > 0));
                }
            }
        }
        return positions;
    }

    private static NDArray longs(NDManager scope, List<Integer> values) {
        return scope.create(values.stream().mapToLong(Integer::longValue).toArray());
    }

    /** Where in a piece a counted token is predicted, which one it is and in which row it stands. */
    private record Targets(List<Integer> places, List<Integer> labels, List<Integer> owners) {
        static Targets of(List<Integer> rows, List<int[]> ids, List<boolean[]> counts) {
            Targets targets = new Targets(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            int at = 0;
            for (int row : rows) {
                for (int t = 1; t < ids.get(row).length; t++) {
                    if (counts.get(row)[t]) {
                        targets.places.add(at + t - 1);
                        targets.labels.add(ids.get(row)[t]);
                        targets.owners.add(row);
                    }
                }
                at += ids.get(row).length;
            }
            return targets;
        }
    }
}
