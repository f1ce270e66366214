package dev.hone.llm.rounding;

/**
 * What rounding some rows costs, summed column by column: a single sum could not use vector instructions, and would lose
 * digits. The same rows in the same order give the same numbers, bit for bit.
 */
public final class Deviation {
    private final float[] lost;
    private final float[] norm;

    public Deviation(int columns) {
        lost = new float[columns];
        norm = new float[columns];
    }

    /** Finds the codes of a row and adds what they lose; see {@link RowCodes#find}. */
    void addCodes(Grid grid, float[] row, float[] scales, float[] zeros, byte[] codes, int at) {
        RowCodes.find(grid, row, scales, zeros, codes, at, lost, norm);
    }

    /** @param stored what each weight became */
    public void add(float[] row, float[] stored) {
        add(row, stored, lost, norm);
    }

    private static void add(float[] row, float[] stored, float[] lost, float[] norm) {
        for (int i = 0; i < row.length; i++) {
            float difference = row[i] - stored[i];
            lost[i] += difference * difference;
            norm[i] += row[i] * row[i];
        }
    }

    public Sums sums() {
        return new Sums(sum(lost), sum(norm));
    }

    private static double sum(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum;
    }

    /**
     * @param lost |W − Q(W)|²
     * @param norm |W|²
     */
    public record Sums(double lost, double norm) {
        public static final Sums NONE = new Sums(0, 0);

        public static Sums of(Sums[] parts) {
            double lost = 0;
            double norm = 0;
            for (Sums part : parts) {
                lost += part.lost;
                norm += part.norm;
            }
            return new Sums(lost, norm);
        }

        public double relative() {
            return Norms.ratio(lost, norm);
        }
    }
}
