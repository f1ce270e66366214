package dev.hone.llm.constrain;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Sets of characters as sequences of byte ranges: every range of characters is cut where the number of bytes changes and
 * where a byte other than the last would have to depend on those after it.
 *
 * @see <a href="https://swtch.com/~rsc/regexp/regexp3.html#step1">Cox, Regular Expression Matching in the Wild</a>
 */
final class Utf8 {
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF};
    private static final int BITS_PER_BYTE = 6;

    private Utf8() {}

    /** Each an array of (lowest, highest) per byte. */
    static List<int[][]> sequences(CodePoints set) {
        List<int[][]> sequences = new ArrayList<>();
        for (int[] range : set.list()) {
            split(range[0], range[1], sequences);
        }
        return sequences;
    }

    private static void split(int first, int last, List<int[][]> sequences) {
        for (int end : LAST_OF_LENGTH) {
            if (first <= end && end < last) {
                split(first, end, sequences);
                split(end + 1, last, sequences);
                return;
            }
        }
        for (int bytes = 1; last > LAST_OF_LENGTH[0] && bytes < 4; bytes++) {
            int mask = (1 << BITS_PER_BYTE * bytes) - 1;
            if ((first & ~mask) != (last & ~mask)) {
                int cut = (first & mask) != 0 ? first | mask : (last & mask) != mask ? (last & ~mask) - 1 : -1;
                if (cut >= 0) {
                    split(first, cut, sequences);
                    split(cut + 1, last, sequences);
                    return;
                }
            }
        }
        sequences.add(pairs(bytes(first), bytes(last)));
    }

    private static byte[] bytes(int character) {
        return Character.toString(character).getBytes(StandardCharsets.UTF_8);
    }

    private static int[][] pairs(byte[] first, byte[] last) {
        int[][] pairs = new int[first.length][];
        for (int i = 0; i < first.length; i++) {
            pairs[i] = new int[] {first[i] & 0xFF, last[i] & 0xFF};
        }
        return pairs;
    }
}
