package dev.hone.llm.constrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.text.ChatTokenizer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** java.util.regex says what each pattern matches. */
class RegexTest {
    private static final ChatTokenizer NANO = ChatTokenizer.load(Path.of(System.getProperty("hone.root"), "models/hone-nano"));
    private static final List<String> PATTERNS = List.of(
            "", "abc", "a|b|", "(a|b)*abb", "a+b?c*", "a{3}", "a{2,}", "(ab){1,3}", "(a{0,2}b){2,3}", "((a|b)(c|1))+", "[a-c]+", "[^ab]*", "[abc1-3_-]{2,4}", "\\d{1,3}", "\\w+\\s\\w+", "\\S\\D\\W",
            ".*", "a.c", "\\x61\\u0062[\\x63-\\u0064]", "(?:a|bc)+?", "(?<name>ab)?c", "^abc$", "^(a|b)c", "a\\.b\\*\\[\\]\\(\\)\\{\\}\\|\\\\\\/", "[\\]\\-^a]+", "\u00e9+", "[\u00e0-\u00ff]+1", "[\u4e00-\u9fff]{1,2}",
            "\uD83D\uDE00*a", "[\uD83D\uDE00-\uD83D\uDE4F]+", "\\uD83D\\uDE00", "\\x{1F600}?", "\\p{L}+", "\\p{Lu}\\p{Ll}*", "\\P{L}+", "\\p{IsGreek}+", "[\\p{N}a]+", "[^\\d\\s]+", "(a|ab)(c|bcd)(d*)", "a\\tb\\nc", "\\n|\\r|\\f", "(((a)))", "(a*)*", "(a?){3}b",
            "(a|b|c|1|2|3){2,5}", "[a-z&]+", "x{0}a", "\\.?\\$?");
    private static final String ALPHABET = "aaabbbccdd123 ._-*[](){}|\\/^&$\t\n\r\f\u00e9\u00e0\u00ff\u4e00\u4e8c\u03b1\u03a9ABx\uD83D\uDE00\uD83D\uDE03\u2028";

    @AfterAll
    static void close() {
        NANO.close();
    }

    @TestFactory
    Stream<DynamicTest> givenAPattern_whenTextsAreTried_thenTheAutomatonTakesWhatItMatches() {
        return PATTERNS.stream().map(pattern -> DynamicTest.dynamicTest("/" + pattern + "/", () -> {
            Automaton automaton = automaton(pattern);
            Pattern original = Pattern.compile(pattern);
            Random random = new Random(7);
            int[] alphabet = ALPHABET.codePoints().toArray();
            for (int i = 0; i < 3000; i++) {
                String text = text(alphabet, random);
                assertEquals(original.matcher(text).matches(), automaton.accepts(text.getBytes(StandardCharsets.UTF_8)), text);
            }
        }));
    }

    private static String text(int[] alphabet, Random random) {
        StringBuilder text = new StringBuilder();
        int narrow = 1 + random.nextInt(alphabet.length);
        for (int n = random.nextInt(7); n > 0; n--) {
            text.appendCodePoint(alphabet[random.nextInt(narrow)]);
        }
        return text.toString();
    }

    private static Automaton automaton(String pattern) {
        return new Automaton(GrammarBuilder.build(Regex.whole(pattern), rule -> Expression.NOTHING));
    }

    @TestFactory
    Stream<DynamicTest> givenAPattern_whenAllowedTokensAreDrawn_thenTheTextMatchesAndItsOwnTokensAreAllowed() {
        Walks walks = new Walks(NANO, 11);
        return PATTERNS.stream().map(pattern -> DynamicTest.dynamicTest("/" + pattern + "/", () -> {
            Constraint constraint = Constraints.regex(NANO, pattern);
            for (int i = 0; i < 30; i++) {
                String text = walks.text(constraint);
                assertTrue(Pattern.matches(pattern, text), text);
                assertTrue(walks.takes(constraint, text), text);
            }
        }));
    }

    @Test
    void givenCharactersOfSeveralBytes_whenTheirTokensAreWalked_thenEachByteIsHeldToThePattern() {
        Constraint.State state = Constraints.regex(NANO, "\uD83D\uDE00\u4f60").start();
        int[] ids = NANO.encode("\uD83D\uDE00\u4f60");
        int[] other = NANO.encode("\uD83D\uDE01");
        assertTrue(ids.length > 4, "the tokenizer must split characters for this test to say anything");
        for (int i = 0; i < ids.length; i++) {
            assertTrue(state.allowed().get(ids[i]));
            assertFalse(state.complete());
            assertFalse(i == 3 && state.allowed().get(other[3]), "the last byte of another character");
            state.accept(ids[i]);
        }
        assertTrue(state.complete());
        assertEquals(NANO.endTokens(), java.util.Set.copyOf(state.allowed().stream().boxed().toList()));
    }

    @Test
    void givenATokenThatIsNotAllowed_whenAccepted_thenItIsRefused() {
        Constraint.State state = Constraints.regex(NANO, "ab").start();
        assertThrows(IllegalArgumentException.class, () -> state.accept(NANO.encode("b")[0]));
        assertThrows(IllegalArgumentException.class, () -> state.accept(NANO.endTokens().iterator().next()));
        state.accept(NANO.encode("a")[0]);
    }

    @TestFactory
    Stream<DynamicTest> givenWhatIsNotSupported_whenRead_thenTheSentenceNamesIt() {
        return Stream.of("a(?=b)|lookaround", "(?<!a)b|lookaround", "(a)\\1|backreference", "\\bword\\b|word boundary", "a^b|anchor", "(a$)b|anchor", "a$b|anchor", "(?i)abc|kind (?i", "a++|quantifier after a quantifier", "*a|nothing to repeat",
                "a{x}|begins no quantifier", "a{5,2}|begins no quantifier", "a{99999}|repetitions", "(a|without its ')'", "a)|without its '('", "[a-|end", "[z-a]|range", "[\\d-z]|range", "[a[b]]|class within a class", "[a&&b]|class within a class", "\\q|escape \\q",
                "\\p{Nonsense}|property Nonsense", "\\uD83D|surrogate", "((a?){1000}){1000}|ways at once", "a{9000}".repeat(12) + "|states", "[^\\x{0}-\\x{10FFFF}]|some text fulfils", "[]a]|empty class").map(test -> {
                    int bar = test.lastIndexOf('|');
                    return DynamicTest.dynamicTest(test.substring(bar + 1), () -> {
                        String message = assertThrows(ConstraintException.class, () -> walkSome(test.substring(0, bar))).getMessage();
                        assertTrue(message.contains(test.substring(bar + 1)), message);
                    });
                });
    }

    private static void walkSome(String pattern) {
        Place at = automaton(pattern).start();
        Automaton automaton = automaton(pattern);
        for (int i = 0; i < 5000; i++) {
            at = automaton.next(at, 'a');
        }
    }
}
