package dev.hone.datasets;

import dev.hone.datasets.check.Prompts;
import dev.hone.llm.data.Row;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Deals rows by a hash of their prompt: the same prompt always falls into the same part, whatever else is in the file,
 * so that no question of the test is ever trained on and a grown dataset keeps its parts.
 */
final class Splitter {
    /** Below this, held-out rows would be missed more in training than they tell in validation. */
    static final int ROWS_THAT_MUST_BE_SPLIT = 20;

    private final double testBelow;
    private final double validationBelow;
    private final long forcedTest;
    private final long forcedValidation;

    private Splitter(double testBelow, double validationBelow, long forcedTest, long forcedValidation) {
        this.testBelow = testBelow;
        this.validationBelow = validationBelow;
        this.forcedTest = forcedTest;
        this.forcedValidation = forcedValidation;
    }

    /** The first 8 bytes of the SHA-256 of the prompt, white space and case levelled, unsigned. */
    static long hash(Row row) {
        byte[] digest = Digests.sha256().digest(Prompts.normalized(Prompts.of(row)).getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest).getLong();
    }

    /** @param hashes of all rows, in any order; with enough of them each part that has a share gets at least one */
    static Splitter of(SplitShares shares, long[] hashes) {
        double validationBelow = shares.test() + shares.validation();
        long[] distinct = Arrays.stream(hashes).distinct().boxed().sorted(Long::compareUnsigned).mapToLong(Long::longValue).toArray();
        long test = -1;
        long validation = -1;
        if (hashes.length >= ROWS_THAT_MUST_BE_SPLIT && distinct.length >= 3) {
            test = shares.test() > 0 && fraction(distinct[0]) >= shares.test() ? distinct[0] : -1;
            int behindTest = test != -1 ? 1 : firstAtLeast(distinct, shares.test());
            boolean missing = behindTest < distinct.length && (test != -1 || fraction(distinct[behindTest]) >= validationBelow);
            validation = shares.validation() > 0 && missing ? distinct[behindTest] : -1;
        }
        Splitter splitter = new Splitter(shares.test(), validationBelow, test, validation);
        boolean nothingLeft = Arrays.stream(distinct).allMatch(hash -> splitter.of(hash) != Split.TRAIN);
        return nothingLeft ? new Splitter(0, 0, -1, -1) : splitter;
    }

    private static int firstAtLeast(long[] distinct, double bound) {
        int i = 0;
        while (i < distinct.length && fraction(distinct[i]) < bound) {
            i++;
        }
        return i;
    }

    Split of(long hash) {
        if (hash == forcedTest && forcedTest != -1 || fraction(hash) < testBelow) {
            return Split.TEST;
        }
        return hash == forcedValidation && forcedValidation != -1 || fraction(hash) < validationBelow ? Split.VALIDATION : Split.TRAIN;
    }

    /** In [0, 1), from the upper 53 bits. */
    private static double fraction(long hash) {
        return (hash >>> 11) * 0x1.0p-53;
    }
}
