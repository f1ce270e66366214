package dev.hone.llm.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Documents one after the other, hardly padded, and what is to be predicted in them. Each sees itself alone and counts
 * its positions from zero, so it makes no difference which ones share a batch.
 *
 * @param documents token ids, filled up with zeros to a multiple of {@value #ROUND}; the last token of each is only ever
 *     predicted and is left out
 * @param tokens without what is filled up
 * @param positions [M], indices into all tokens whose successor is labelled, ascending
 * @param labels [M], those successors
 * @param pairs preference pairs: then the documents are chosen, rejected, chosen, rejected …; 0: no preferences
 */
public record Batch(List<int[]> documents, int tokens, long[] positions, long[] labels, int pairs) {
    /**
     * Libraries make and keep a program per shape of a matrix product. Lengths in steps let documents share them, and attend
     * together; causal attention never looks at what is filled up behind a document.
     */
    static final int ROUND = 16;

    private static final double MOST_FOR_EQUAL_LENGTHS = 1.2;

    public Batch {
        documents = List.copyOf(documents);
        if (positions.length != labels.length) {
            throw new IllegalArgumentException("Expected a label per position, found " + labels.length + " for " + positions.length + ".");
        }
        if (pairs != 0 && documents.size() != 2 * pairs) {
            throw new IllegalArgumentException("Expected two documents per pair, found " + documents.size() + " for " + pairs + ".");
        }
    }

    /**
     * Documents in any order; equally long ones are put together.
     *
     * @param ids token ids of each row, at least 2 a row
     * @param trainable which of them are to be predicted; a row's first token never is
     */
    public static Batch of(List<int[]> ids, List<boolean[]> trainable) {
        int[] order = IntStream.range(0, ids.size()).boxed().sorted(Comparator.comparingInt(i -> ids.get(i).length)).mapToInt(Integer::intValue).toArray();
        return in(IntStream.of(order).mapToObj(ids::get).toList(), IntStream.of(order).mapToObj(trainable::get).toList(), 0);
    }

    /** Preference pairs: chosen and rejected rows in turn. */
    public static Batch ofPairs(List<int[]> ids, List<boolean[]> trainable) {
        return in(ids, trainable, ids.size() / 2);
    }

    private static Batch in(List<int[]> ids, List<boolean[]> trainable, int pairs) {
        List<int[]> documents = new ArrayList<>();
        long[] positions = new long[ids.stream().mapToInt(row -> row.length).sum()];
        long[] labels = new long[positions.length];
        int[] lengths = lengths(ids);
        int at = 0;
        int n = 0;
        int tokens = 0;
        for (int r = 0; r < ids.size(); r++) {
            int[] row = ids.get(r);
            int length = lengths[r];
            documents.add(Arrays.copyOf(Arrays.copyOf(row, row.length - 1), length));
            tokens += row.length - 1;
            for (int t = 1; t < row.length; t++) {
                if (trainable.get(r)[t]) {
                    positions[n] = at + t - 1;
                    labels[n++] = row[t];
                }
            }
            at += length;
        }
        return new Batch(documents, tokens, Arrays.copyOf(positions, n), Arrays.copyOf(labels, n), pairs);
    }

    /** What each row is filled up to: all the same where that adds little, because they attend in one go then. */
    private static int[] lengths(List<int[]> ids) {
        int[] own = ids.stream().mapToInt(row -> Math.ceilDiv(row.length - 1, ROUND) * ROUND).toArray();
        int longest = IntStream.of(own).max().orElse(0);
        if ((double) longest * own.length <= MOST_FOR_EQUAL_LENGTHS * IntStream.of(own).sum()) {
            Arrays.fill(own, longest);
        }
        return own;
    }

    /** The documents, and behind them, where they have several lengths, a row of zeros that brings all tokens to one of few numbers; at most 6 % of them. */
    public List<int[]> filled() {
        if (documents.stream().mapToInt(document -> document.length).distinct().count() < 2) {
            return documents;
        }
        int cells = documents.stream().mapToInt(document -> document.length).sum();
        int step = Math.max(ROUND, Integer.highestOneBit(cells / ROUND));
        int missing = Math.ceilDiv(cells, step) * step - cells;
        if (missing == 0) {
            return documents;
        }
        List<int[]> filled = new ArrayList<>(documents);
        filled.add(new int[missing]);
        return filled;
    }

    /** Tokens computed, with what is filled up. */
    public int cells() {
        return filled().stream().mapToInt(document -> document.length).sum();
    }

    public int longest() {
        return filled().stream().mapToInt(document -> document.length).max().orElse(0);
    }

    /** What the loss is a mean over: labelled tokens, or pairs. */
    public int units() {
        return pairs > 0 ? pairs : labels.length;
    }

    /** The program's division of the tokens: how many rows of which length follow each other. */
    public long[] spans() {
        return spans(filled());
    }

    static long[] spans(List<int[]> rows) {
        List<Long> spans = new ArrayList<>();
        for (int[] row : rows) {
            int last = spans.size() - 1;
            if (last > 0 && spans.get(last) == row.length) {
                spans.set(last - 1, spans.get(last - 1) + 1);
            } else {
                spans.add(1L);
                spans.add((long) row.length);
            }
        }
        return spans.stream().mapToLong(Long::longValue).toArray();
    }

    /** The number of the document in which each label lies: [M]. */
    public int[] documentOfLabel() {
        int[] owners = new int[positions.length];
        int document = 0;
        int end = documents.isEmpty() ? 0 : documents.getFirst().length;
        for (int i = 0; i < positions.length; i++) {
            while (positions[i] >= end) {
                end += documents.get(++document).length;
            }
            owners[i] = document;
        }
        return owners;
    }
}
