package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;

/**
 * A matrix of integer codes: value = scale · (code − zero point), both of the value's row and group.
 *
 * @param codes what reads a row's codes and zero points
 * @param scales of {@code scaleType}
 * @param group columns next to each other that share a scale
 * @param groupOf the group of each column where they do not lie side by side; otherwise null
 */
public record IntegerMatrix(int rows, int columns, Codes codes, MemorySegment scales, DType scaleType, ScaleOrder order, int group, int[] groupOf) implements StoredMatrix {
    public IntegerMatrix {
        groupOf = groupOf == null || isInOrder(groupOf, group) ? null : groupOf;
    }

    private static boolean isInOrder(int[] groupOf, int group) {
        for (int column = 0; column < groupOf.length; column++) {
            if (groupOf[column] != column / group) {
                return false;
            }
        }
        return true;
    }

    /** A file's own packing, told in signed codes: −128 to 127 of eight bits, −8 to 7 of four. */
    public interface Codes {
        /** 4 or 8. */
        int bits();

        void row(int row, byte[] into);

        int zeroPoint(int row, int group);
    }

    /** Where the scale of a row and a group lies. */
    public interface ScaleOrder {
        long index(int row, int group);
    }

    @Override
    public void floats(long first, float[] into) {
        byte[] row = new byte[columns];
        for (int done = 0; done < into.length; ) {
            int from = (int) ((first + done) % columns);
            int count = Math.min(columns - from, into.length - done);
            floats((int) ((first + done) / columns), row, from, into, done, count);
            done += count;
        }
    }

    private void floats(int row, byte[] buffer, int from, float[] into, int at, int count) {
        codes.row(row, buffer);
        for (int column = from; column < from + count; ) {
            int g = groupOf == null ? column / group : groupOf[column];
            int end = Math.min(from + count, endOfRun(column, g));
            float scale = scale(row, g);
            int zeroPoint = codes.zeroPoint(row, g);
            for (int i = column; i < end; i++) {
                into[at + i - from] = scale * (buffer[i] - zeroPoint);
            }
            column = end;
        }
    }

    private int endOfRun(int column, int g) {
        if (groupOf == null) {
            return (g + 1) * group;
        }
        int end = column + 1;
        while (end < columns && groupOf[end] == g) {
            end++;
        }
        return end;
    }

    public float scale(int row, int group) {
        return FloatCodec.decode(scales, scaleType, order.index(row, group));
    }

    /** All codes, row-major. */
    byte[] allCodes() {
        byte[] all = new byte[Math.multiplyExact(rows, columns)];
        byte[] row = new byte[columns];
        for (int r = 0; r < rows; r++) {
            codes.row(r, row);
            System.arraycopy(row, 0, all, r * columns, columns);
        }
        return all;
    }
}
