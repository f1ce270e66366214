package dev.hone.llm.constrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FormatException;
import dev.hone.llm.text.ChatTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConstraintsTest {
    private static final Path NANO = Path.of(System.getProperty("hone.root"), "models/hone-nano");
    /** As Llama 2's: pieces with \u2581 for a space, bytes to fall back on, the first space dropped. */
    private static final String PIECES = """
            {"added_tokens":[{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":1,"content":"</s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},{"id":14,"content":"<tool>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":false}],
             "normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"\u2581"},{"type":"Replace","pattern":{"String":" "},"content":"\u2581"}]},"pre_tokenizer":null,"post_processor":null,
             "decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"\u2581"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},
             "model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":true,"vocab":{"<unk>":0,"</s>":1,"\u2581":2,"\u2581a":3,"a":4,"b":5,"ab":6,"\u2581ab":7,"<0x61>":8,"<0xC3>":9,"<0xA9>":10,"\u00e9":11,"a\u2581b":12,"\u2581\u2581a":13},
             "merges":[["a","b"],["\u2581","a"]]}}
            """;

    @TempDir
    Path dir;

    private ChatTokenizer pieces() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), PIECES);
        Files.writeString(dir.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        return ChatTokenizer.load(dir);
    }

    @Test
    void givenPiecesWithByteFallback_whenWalked_thenTheDecodedTextMatches() throws IOException {
        try (ChatTokenizer tokenizer = pieces()) {
            String pattern = "(a|b|ab| |\u00e9|<tool>){1,6}";
            Constraint constraint = Constraints.regex(tokenizer, pattern);
            Walks walks = new Walks(tokenizer, 3);
            for (int i = 0; i < 300; i++) {
                String text = walks.text(constraint);
                assertTrue(Pattern.matches(pattern, text), "'" + text + "'");
            }
        }
    }

    @Test
    void givenATokenizerThatDropsTheFirstSpace_whenAnAnswerBegins_thenTheSpaceCountsOnlyLater() throws IOException {
        try (ChatTokenizer tokenizer = pieces()) {
            Constraint.State state = Constraints.regex(tokenizer, "a a").start();
            assertEquals(Set.of(3, 4, 8), tokens(state.allowed()));
            state.accept(3);
            assertEquals(Set.of(2, 3), tokens(state.allowed()));
            state.accept(2);
            state.accept(8);
            assertEquals("a a", tokenizer.decode(new int[] {3, 2, 8}));
            assertEquals(Set.of(1), tokens(state.allowed()));
            assertTrue(state.complete());
        }
    }

    private static Set<Integer> tokens(BitSet set) {
        return Set.copyOf(set.stream().boxed().toList());
    }

    @Test
    void givenTheSameFilesAndFormat_whenAskedAgain_thenNothingIsMadeAnew() {
        try (ChatTokenizer one = ChatTokenizer.load(NANO); ChatTokenizer other = ChatTokenizer.load(NANO)) {
            assertSame(Constraints.json(one), Constraints.json(other));
            assertSame(Constraints.regex(one, "a+"), Constraints.regex(other, "a+"));
            assertFalse(Constraints.regex(one, "a+").equals(Constraints.regex(one, "a")));
        }
    }

    @Test
    void givenManyThreads_whenTheyWalkOneConstraint_thenEachSeesWhatOneAloneSees() throws Exception {
        try (ChatTokenizer tokenizer = ChatTokenizer.load(NANO); ExecutorService threads = Executors.newFixedThreadPool(4)) {
            String schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"maxLength\":30}},\"b\":{\"type\":\"number\"}},\"required\":[\"a\",\"b\"]}";
            Constraint shared = Constraints.jsonSchema(tokenizer, schema);
            List<Future<String>> texts = new ArrayList<>();
            for (int i = 0; i < 16; i++) {
                int seed = i;
                Callable<String> walk = () -> new Walks(tokenizer, seed).text(shared);
                texts.add(threads.submit(walk));
            }
            for (int i = 0; i < texts.size(); i++) {
                Constraint fresh = new TokenConstraint(new Vocabulary(tokenizer.tokenBytes(), tokenizer.endTokens()), new Automaton(JsonSchema.grammar(schema)));
                assertEquals(new Walks(tokenizer, i).text(fresh), texts.get(i).get());
            }
        }
    }

    @Test
    void givenEveryTokenOfARealVocabulary_whenAllowedIsTold_thenItIsWhatWalkingEachTokenSays() {
        try (ChatTokenizer tokenizer = ChatTokenizer.load(NANO)) {
            Vocabulary vocabulary = new Vocabulary(tokenizer.tokenBytes(), tokenizer.endTokens());
            Automaton automaton = new Automaton(JsonSchema.objects());
            Place at = automaton.start();
            for (byte b : "{\"key\":[1".getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
                BitSet mask = vocabulary.mask(automaton, at, false);
                for (int token = 0; token < vocabulary.size(); token++) {
                    Place after = vocabulary.bytes(token).length == 0 ? Place.NOWHERE : at;
                    for (byte t : vocabulary.bytes(token)) {
                        after = automaton.next(after, t & 0xFF);
                    }
                    assertEquals(after != Place.NOWHERE, mask.get(token), "token " + token);
                }
                at = automaton.next(at, b & 0xFF);
            }
        }
    }

    @Test
    void givenADecoderThatJoinsWords_whenConstrained_thenTheErrorNamesIt() throws IOException {
        Files.writeString(dir.resolve("tokenizer.json"), "{\"added_tokens\":[],\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"a\",\"continuing_subword_prefix\":\"##\",\"max_input_chars_per_word\":100,\"vocab\":{\"a\":0}}}");
        try (ChatTokenizer tokenizer = ChatTokenizer.load(dir)) {
            assertTrue(assertThrows(FormatException.class, () -> Constraints.json(tokenizer)).getMessage().contains("WordPiece"));
        }
    }
}
