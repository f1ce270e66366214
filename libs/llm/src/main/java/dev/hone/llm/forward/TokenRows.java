package dev.hone.llm.forward;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The tokens of all slices of a step as rows, one slice after the other. */
final class TokenRows {
    private final List<Slice> slices;
    private final int[] first;
    private final int[] sliceOf;

    TokenRows(List<Slice> slices) {
        this.slices = List.copyOf(slices);
        first = new int[slices.size() + 1];
        for (int s = 0; s < slices.size(); s++) {
            first[s + 1] = first[s] + slices.get(s).tokens().length;
        }
        sliceOf = new int[count()];
        for (int s = 0; s < slices.size(); s++) {
            Arrays.fill(sliceOf, first[s], first[s + 1], s);
        }
    }

    int count() {
        return first[first.length - 1];
    }

    List<Slice> slices() {
        return slices;
    }

    /** The row of a slice's first token. */
    int first(int slice) {
        return first[slice];
    }

    int sliceOf(int row) {
        return sliceOf[row];
    }

    Slice slice(int row) {
        return slices.get(sliceOf[row]);
    }

    /** The row's number within its slice. */
    int index(int row) {
        return row - first[sliceOf[row]];
    }

    int position(int row) {
        return slice(row).position() + index(row);
    }

    int token(int row) {
        return slice(row).tokens()[index(row)];
    }

    boolean isLastOfSlice(int row) {
        return row + 1 == first[sliceOf[row] + 1];
    }

    /** Tokens that the longest sequence has with this step. */
    int longest() {
        return slices.stream().mapToInt(s -> s.position() + s.tokens().length).max().orElse(0);
    }

    /** @throws IllegalArgumentException if a token is none of the vocabulary's */
    void requireWithin(int vocabulary) {
        for (Slice slice : slices) {
            for (int token : slice.tokens()) {
                if (token < 0 || token >= vocabulary) {
                    throw new IllegalArgumentException("Expected tokens from 0 to " + (vocabulary - 1) + ", found " + token + ".");
                }
            }
        }
    }

    /** The rows whose logits are wanted. */
    int[] wanted() {
        return IntStream.range(0, count()).filter(row -> index(row) >= slice(row).logitsFrom()).toArray();
    }
}
