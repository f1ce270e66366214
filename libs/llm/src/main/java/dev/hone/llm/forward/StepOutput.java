package dev.hone.llm.forward;

import dev.hone.llm.format.ModelConfig;
import dev.hone.llm.kernel.WorkTeam;
import jdk.incubator.vector.FloatVector;

/** The end of a step: what slices asked for goes to the reader, some rows of logits at a time. */
final class StepOutput {
    private final ModelConfig config;
    private final TokenRows rows;
    private final StepBuffers buffers;
    private final WorkTeam team;
    private final StepReader reader;
    private final int width;

    StepOutput(ModelConfig config, TokenRows rows, StepBuffers buffers, WorkTeam team, StepReader reader) {
        this.config = config;
        this.rows = rows;
        this.buffers = buffers;
        this.team = team;
        this.reader = reader;
        width = config.hiddenSize();
    }

    /** Of rows that went through the final norm. */
    void hand(WeightPacker.Head head) {
        if (rows.slices().stream().anyMatch(Slice::hidden)) {
            RowWork.each(team, rows.count(), width, this::hidden);
        }
        int[] wanted = rows.wanted();
        for (int from = 0; from < wanted.length; from += buffers.logitRows()) {
            logits(head, wanted, from, Math.min(wanted.length - from, buffers.logitRows()));
        }
    }

    private void hidden(int row) {
        if (rows.slice(row).hidden()) {
            float[] hidden = Scratch.mine().row(width);
            System.arraycopy(buffers.normed, row * width, hidden, 0, width);
            reader.hidden(rows.sliceOf(row), rows.index(row), hidden);
        }
    }

    private void logits(WeightPacker.Head head, int[] wanted, int from, int count) {
        float[] read = buffers.change;
        for (int i = 0; i < count; i++) {
            System.arraycopy(buffers.normed, wanted[from + i] * width, read, i * width, width);
            if (head.roundsInputs()) {
                ActivationRounding.apply(read, i * width, width, read);
            }
        }
        int vocabulary = config.vocabSize();
        float[] logits = buffers.logits(count);
        head.matrix().multiply(read, count, logits, team);
        team.run(count, i -> {
            float[] row = Scratch.mine().row(vocabulary);
            System.arraycopy(logits, i * vocabulary, row, 0, vocabulary);
            cap(row);
            reader.logits(rows.sliceOf(wanted[from + i]), rows.index(wanted[from + i]), row);
        });
    }

    private void cap(float[] row) {
        float cap = (float) config.traits().logitCap();
        if (cap == 0) {
            return;
        }
        int whole = Lanes.F.loopBound(row.length);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            VectorMath.capped(FloatVector.fromArray(Lanes.F, row, i), cap).intoArray(row, i);
        }
        if (whole < row.length) {
            var inside = Lanes.F.indexInRange(whole, row.length);
            VectorMath.capped(FloatVector.fromArray(Lanes.F, row, whole, inside), cap).intoArray(row, whole, inside);
        }
    }
}
