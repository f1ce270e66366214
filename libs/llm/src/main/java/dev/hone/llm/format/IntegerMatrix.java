package dev.hone.llm.format;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/**
 * A matrix of integer codes: value = scale · (code − zero point), both of the value's row and group.
 *
 * @param codes what reads a row's codes and zero points
 * @param scales of {@code scaleType}
 * @param group of each column
 */
record IntegerMatrix(int rows, int columns, Codes codes, MemorySegment scales, DType scaleType, ScaleOrder order, int[] group) implements StoredMatrix {
    /** A file's own packing, told in signed codes: −128 to 127 of eight bits, −8 to 7 of four. */
    interface Codes {
        void row(int row, byte[] into);

        int zeroPoint(int row, int group);
    }

    /** Where the scale of a row and a group lies. */
    interface ScaleOrder {
        long index(int row, int group);
    }

    /** {@code group} inputs after {@code group} inputs share a scale. */
    static int[] evenGroups(int columns, int group) {
        return IntStream.range(0, columns).map(column -> column / group).toArray();
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
            int g = group[column];
            float scale = FloatCodec.decode(scales, scaleType, order.index(row, g));
            int zeroPoint = codes.zeroPoint(row, g);
            for (; column < from + count && group[column] == g; column++) {
                into[at + column - from] = scale * (buffer[column] - zeroPoint);
            }
        }
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
