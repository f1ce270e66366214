package dev.hone.llm.forward;

import dev.hone.llm.kernel.WorkTeam;

/** Work on rows that know nothing of each other. */
final class RowWork {
    /** Values for whose sake it does not pay to wake the others. */
    private static final int LITTLE = 1 << 14;

    private RowWork() {}

    interface Body {
        void row(int row);
    }

    /** @param width values that are read or made for each row */
    static void each(WorkTeam team, int rows, int width, Body body) {
        int parts = (int) Math.min(4L * team.threads(), (long) rows * width / LITTLE);
        if (parts <= 1 || team.threads() == 1) {
            range(0, rows, body);
        } else {
            int size = Math.ceilDiv(rows, parts);
            team.run(Math.ceilDiv(rows, size), part -> range(part * size, Math.min(rows, (part + 1) * size), body));
        }
    }

    private static void range(int from, int to, Body body) {
        for (int row = from; row < to; row++) {
            body.row(row);
        }
    }
}
