package dev.hone.llm.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.llm.format.FormatException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTokenizerTest {
    private static final int END = 1;
    private static final int USER = 3;
    private static final int ASSISTANT = 4;
    private static final ChatTokenizer TOKENIZER = ChatTokenizer.load(TinyTokenizer.directory());
    private static final List<ChatMessage> TWO_TURNS = List.of(
            new ChatMessage("user", "How do I reset my phone?"),
            new ChatMessage("assistant", "Open the settings."),
            new ChatMessage("user", "And then?"),
            new ChatMessage("assistant", "Choose reset."));

    @TempDir
    Path dir;

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    /** Ids printed by Python's tokenizers 0.23.3 for the same tokenizer.json: see make_tokenizer.py. */
    @Test
    void givenAText_whenEncoded_thenIdsAreThoseOfPython() {
        assertArrayEquals(GOLDEN_IDS, TOKENIZER.encode("Reset the phone \u2192 caf\u00e9 \uD83D\uDE00<|end|>"));
    }

    private static final int[] GOLDEN_IDS = {55, 74, 275, 264, 297, 226, 164, 234, 246, 300, 75, 133, 108, 226, 178, 259, 252, 228, 1};

    @Test
    void givenTextWithEmojiAndAccents_whenEncodedAndDecoded_thenItComesBack() {
        String text = "Gr\u00fc\u00dfe, \u4f60\u597d \uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67 end";
        assertEquals(text, TOKENIZER.decode(TOKENIZER.encode(text)));
    }

    @Test
    void givenATextLongerThanAnyDefaultLimit_whenEncoded_thenNothingIsCut() {
        String text = "settings ".repeat(2000);
        assertEquals(text, TOKENIZER.decode(TOKENIZER.encode(text)));
    }

    @Test
    void givenMessages_whenPrompted_thenTheTemplateOpensTheAssistantsTurn() {
        int[] prompt = TOKENIZER.prompt(TWO_TURNS.subList(0, 1));
        assertEquals(USER, prompt[0]);
        assertEquals(END, prompt[prompt.length - 2]);
        assertEquals(ASSISTANT, prompt[prompt.length - 1]);
    }

    @Test
    void givenTwoTurns_whenMadeARow_thenExactlyTheAnswersAndTheirEndTokensAreTrainable() {
        TokenizedRow row = TOKENIZER.row(TWO_TURNS, 1000);
        StringBuilder trained = new StringBuilder();
        int ends = 0;
        for (int i = 0; i < row.length(); i++) {
            if (row.trainable()[i]) {
                ends += row.ids()[i] == END ? 1 : 0;
                trained.append(row.ids()[i] == END ? "|" : TOKENIZER.decode(new int[] {row.ids()[i]}));
            }
        }
        assertEquals("Open the settings.|Choose reset.|", trained.toString());
        assertEquals(2, ends);
    }

    @Test
    void givenARowLongerThanAllowed_whenMade_thenItsEndIsCut() {
        int[] whole = TOKENIZER.row(TWO_TURNS, 1000).ids();
        TokenizedRow row = TOKENIZER.row(TWO_TURNS, 10);
        assertArrayEquals(java.util.Arrays.copyOf(whole, 10), row.ids());
        assertEquals(10, row.trainable().length);
    }

    @Test
    void givenATemplateThatForgetsEarlierAnswers_whenMadeARow_thenItIsRefused() throws Exception {
        ChatTokenizer tokenizer = withTemplate("{% for m in messages %}{% if loop.last or m['role'] == 'user' %}{{ m['content'] }}<|end|>{% endif %}{% endfor %}");
        String message = assertThrows(ChatTemplateException.class, () -> tokenizer.row(TWO_TURNS, 1000)).getMessage();
        assertTrue(message.contains("message 2"), message);
        tokenizer.close();
    }

    @Test
    void givenATemplateThatRaises_whenPrompted_thenItsOwnSentenceArrives() throws Exception {
        ChatTokenizer tokenizer = withTemplate("{% if messages[0]['role'] != 'system' %}{{ raise_exception('Start with a system message') }}{% endif %}");
        String message = assertThrows(ChatTemplateException.class, () -> tokenizer.prompt(TWO_TURNS)).getMessage();
        assertTrue(message.contains("Start with a system message"), message);
        tokenizer.close();
    }

    @Test
    void givenNoTemplate_whenPrompted_thenTheErrorSaysWhatIsMissing() throws Exception {
        Files.copy(TinyTokenizer.directory().resolve("tokenizer.json"), dir.resolve("tokenizer.json"));
        try (ChatTokenizer tokenizer = ChatTokenizer.load(dir)) {
            assertFalse(tokenizer.hasChatTemplate());
            assertTrue(assertThrows(ChatTemplateException.class, () -> tokenizer.prompt(TWO_TURNS)).getMessage().contains("chat_template.jinja"));
        }
    }

    @Test
    void givenNoTokenizer_whenLoaded_thenTheErrorNamesTheFile() {
        assertTrue(assertThrows(FormatException.class, () -> ChatTokenizer.load(dir)).getMessage().contains("tokenizer.json"));
    }

    @Test
    void givenEosIdsInTheGenerationConfig_whenLoaded_thenAllOfThemEndAnAnswer() throws Exception {
        Files.writeString(dir.resolve("generation_config.json"), "{\"eos_token_id\": [0, 5]}");
        try (ChatTokenizer tokenizer = withTemplate("x")) {
            assertEquals(Set.of(0, 1, 5), tokenizer.endTokens());
            assertNotEquals(TOKENIZER.sha256(), tokenizer.sha256());
        }
        assertEquals(Set.of(1), TOKENIZER.endTokens());
        assertEquals(0, TOKENIZER.beginToken().orElseThrow());
        assertEquals(403, TOKENIZER.vocabularySize());
    }

    @Test
    void givenTokensThatSplitCharacters_whenStreamed_thenNoPieceHoldsHalfACharacter() {
        String text = "ok \uD83D\uDE00 caf\u00e9 \u4f60\u597d!";
        StreamDecoder stream = TOKENIZER.streamDecoder();
        StringBuilder joined = new StringBuilder();
        int[] ids = TOKENIZER.encode(text);
        assertTrue(ids.length > text.length(), "the tokenizer must split characters for this test to say anything");
        for (int id : ids) {
            String piece = stream.accept(id);
            assertFalse(piece.contains("\uFFFD"), piece);
            joined.append(piece);
        }
        assertEquals(text, joined + stream.finish());
    }

    @Test
    void givenBytesThatNeverBecomeACharacter_whenStreamed_thenTheyArriveAsReplacementsOnce() {
        int half = TOKENIZER.encode("\uD83D\uDE00")[0];
        StreamDecoder stream = TOKENIZER.streamDecoder();
        StringBuilder joined = new StringBuilder();
        int[] ids = {half, half, half, half, half, TOKENIZER.encode("a")[0]};
        for (int id : ids) {
            joined.append(stream.accept(id));
        }
        assertEquals(TOKENIZER.decode(ids), joined + stream.finish());
    }

    private ChatTokenizer withTemplate(String template) throws Exception {
        for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
            Files.copy(TinyTokenizer.directory().resolve(file), dir.resolve(file));
        }
        Files.writeString(dir.resolve("chat_template.jinja"), template);
        return ChatTokenizer.load(dir);
    }
}
