package dev.hone.datasets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.data.Row;
import dev.hone.llm.text.ChatMessage;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitterTest {
    private static final SplitShares FIVE_PERCENT_EACH = new SplitShares(0.05, 0.05);

    private static Row.Chat row(String prompt, String answer) {
        return new Row.Chat(List.of(new ChatMessage("user", prompt), new ChatMessage("assistant", answer)));
    }

    private static long[] hashes(int rows) {
        return IntStream.range(0, rows).mapToLong(i -> Splitter.hash(row("question " + i, "a"))).toArray();
    }

    private static Map<Split, Integer> counts(SplitShares shares, long[] hashes) {
        Splitter splitter = Splitter.of(shares, hashes);
        Map<Split, Integer> counts = new EnumMap<>(Split.class);
        Arrays.stream(Split.values()).forEach(split -> counts.put(split, 0));
        Arrays.stream(hashes).forEach(hash -> counts.merge(splitter.of(hash), 1, Integer::sum));
        return counts;
    }

    @Test
    void givenAPrompt_whenHashed_thenItIsTheStartOfItsSha256() {
        // printf 'user: where is my card?' | sha256sum
        assertEquals(0xB4185330B4878782L, Splitter.hash(row("Where  is my\ncard? ", "anything")));
    }

    @Test
    void givenManyRows_whenSplit_thenSharesAreRoughlyAsAsked() {
        Map<Split, Integer> counts = counts(FIVE_PERCENT_EACH, hashes(10_000));
        // binomial with n 10,000 and p 0.05: a standard deviation of 22
        assertEquals(500, counts.get(Split.TEST), 100);
        assertEquals(500, counts.get(Split.VALIDATION), 100);
    }

    @Test
    void givenAnyFileOfTwentyRows_whenSplit_thenEveryPartHasARow() {
        for (int start = 0; start < 200; start++) {
            int from = start;
            long[] hashes = IntStream.range(0, 20).mapToLong(i -> Splitter.hash(row(from + "/" + i, "a"))).toArray();
            Map<Split, Integer> counts = counts(FIVE_PERCENT_EACH, hashes);
            assertTrue(counts.values().stream().allMatch(count -> count > 0), start + ": " + counts);
        }
    }

    @Test
    void givenOneRowInAllSplits_whenSplit_thenItIsTrainedOn() {
        for (int i = 0; i < 100; i++) {
            long[] one = {Splitter.hash(row("only " + i, "a"))};
            assertEquals(Split.TRAIN, Splitter.of(FIVE_PERCENT_EACH, one).of(one[0]));
        }
    }

    @Test
    void givenRowsAreAdded_whenSplit_thenEarlierRowsStayWhereTheyWere() {
        long[] few = hashes(1_000);
        long[] more = hashes(2_000);
        Splitter before = Splitter.of(FIVE_PERCENT_EACH, few);
        Splitter after = Splitter.of(FIVE_PERCENT_EACH, more);
        assertTrue(Arrays.stream(few).allMatch(hash -> before.of(hash) == after.of(hash)));
    }

    @Test
    void givenNoTestShare_whenSplit_thenNothingIsHeldOutForTests() {
        Map<Split, Integer> counts = counts(new SplitShares(0.1, 0), hashes(30));
        assertEquals(0, counts.get(Split.TEST));
        assertTrue(counts.get(Split.VALIDATION) > 0);
        assertThrows(IllegalArgumentException.class, () -> new SplitShares(0.5, 0.5));
    }
}
