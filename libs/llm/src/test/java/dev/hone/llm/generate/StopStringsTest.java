package dev.hone.llm.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void givenAStopStringAcrossPieces_whenItCompletes_thenNoneOfItIsHandedOut() {
        StopStrings stops = new StopStrings(List.of("\nUser:"));

        assertEquals("Hello", stops.accept("Hello\nUs"));
        assertFalse(stops.stopped());
        assertEquals("", stops.accept("er: and more"));
        assertTrue(stops.stopped());
        assertEquals("", stops.finish());
    }

    @Test
    void givenABeginningThatTurnsOutOtherwise_whenMoreComes_thenItIsHandedOutWhole() {
        StopStrings stops = new StopStrings(List.of("\nUser:"));

        assertEquals("a", stops.accept("a\nUs"));
        assertEquals("\nUsage", stops.accept("age"));
    }

    @Test
    void givenAnAnswerThatEndsInABeginning_whenFinished_thenTheBeginningIsHandedOut() {
        StopStrings stops = new StopStrings(List.of("END"));

        assertEquals("the ", stops.accept("the E"));
        assertEquals("E", stops.finish());
    }

    @Test
    void givenARepeatedBeginning_whenTheMatchStartsInside_thenItIsFound() {
        StopStrings stops = new StopStrings(List.of("aab"));

        assertEquals("a", stops.accept("aaa") + stops.accept("b"));
        assertTrue(stops.stopped());
    }

    @Test
    void givenNoStopStrings_whenTextComes_thenItPassesAtOnce() {
        assertEquals("anything", new StopStrings(List.of()).accept("anything"));
    }

    @Test
    void givenRandomTexts_whenCutIntoRandomPieces_thenTheResultIsThatOfASlowSearchOverTheWhole() {
        Random random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                stops.add(word(random, 1 + random.nextInt(4)));
            }
            String text = word(random, random.nextInt(20));
            assertEquals(slowCut(text, stops), streamed(text, stops, random), () -> text + " " + stops);
        }
    }

    /** Two letters, so that overlaps are common. */
    private static String word(Random random, int length) {
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < length; i++) {
            word.append((char) ('a' + random.nextInt(2)));
        }
        return word.toString();
    }

    private static String slowCut(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String seen = text.substring(0, end);
            int longest = stops.stream().filter(seen::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                return seen.substring(0, end - longest);
            }
        }
        return text;
    }

    private static String streamed(String text, List<String> stopStrings, Random random) {
        StopStrings stops = new StopStrings(stopStrings);
        StringBuilder out = new StringBuilder();
        int from = 0;
        while (from < text.length()) {
            int to = from + 1 + random.nextInt(text.length() - from);
            out.append(stops.accept(text.substring(from, to)));
            from = to;
        }
        return out.append(stops.finish()).toString();
    }
}
