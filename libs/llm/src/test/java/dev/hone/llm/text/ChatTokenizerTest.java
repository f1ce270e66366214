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
        assertEquals("Open the settings.|Choose reset.|", trained(TOKENIZER.row(TWO_TURNS, 1000)));
    }

    @Test
    void givenAnAnswerOfWeightZero_whenMadeARow_thenItIsThereAndNotTrainable() {
        List<ChatMessage> masked = new java.util.ArrayList<>(TWO_TURNS);
        masked.set(1, new ChatMessage("assistant", "Open the settings.", 0));
        TokenizedRow row = TOKENIZER.row(masked, 1000);
        assertArrayEquals(TOKENIZER.row(TWO_TURNS, 1000).ids(), row.ids());
        assertEquals("Choose reset.|", trained(row));
        assertEquals("<user>How do I reset my phone?|<assistant><user>And then?|<assistant>Choose reset.|", trained(TOKENIZER.row(masked, 1000, true)));
    }

    @Test
    void givenTrainOnInputs_whenMadeARow_thenEveryTokenIsTrainable() {
        TokenizedRow row = TOKENIZER.row(TWO_TURNS, 1000, true);
        assertEquals(row.length() - 1, row.trainableTokens());
    }

    @Test
    void givenAPair_whenTokenized_thenBothShareThePromptAndOnlyTheirOwnAnswersAreTrainable() {
        TokenizedPair pair = TOKENIZER.pair(TWO_TURNS.subList(0, 3), List.of(new ChatMessage("assistant", "Choose reset.")),
                List.of(new ChatMessage("assistant", "No idea.")), 1000);
        int prompt = TOKENIZER.prompt(TWO_TURNS.subList(0, 3)).length;
        assertEquals("Choose reset.|", trained(pair.chosen()));
        assertEquals("No idea.|", trained(pair.rejected()));
        assertArrayEquals(java.util.Arrays.copyOf(pair.chosen().ids(), prompt), java.util.Arrays.copyOf(pair.rejected().ids(), prompt));
        assertTrue(pair.teaches());
    }

    @Test
    void givenAPairCutBeforeOrWithinItsAnswers_whenTokenized_thenItTeachesOnlyWhereTheyDiffer() {
        List<ChatMessage> prompt = TWO_TURNS.subList(0, 1);
        int promptTokens = TOKENIZER.prompt(prompt).length;
        List<ChatMessage> chosen = List.of(new ChatMessage("assistant", "Open the settings."));
        List<ChatMessage> rejected = List.of(new ChatMessage("assistant", "Open the window."));
        assertFalse(TOKENIZER.pair(prompt, chosen, rejected, promptTokens).teaches());
        assertFalse(TOKENIZER.pair(prompt, chosen, rejected, promptTokens + 1).teaches());
        assertTrue(TOKENIZER.pair(prompt, chosen, rejected, 1000).teaches());
    }

    /** As Qwen3's template: the last answer is written with empty thoughts before it, earlier ones without. */
    @Test
    void givenATemplateThatWritesTheLastAnswerWithMore_whenMadeARow_thenEarlierAnswersAreFoundInTheWhole() throws Exception {
        try (ChatTokenizer tokenizer = withTemplate("{% for m in messages %}<|{{ m['role'] }}|>{% if m['role'] == 'assistant' and loop.last %}[no thoughts]{% endif %}"
                + "{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}")) {
            assertEquals("Open the settings.|[no thoughts]Choose reset.|", trained(tokenizer.row(TWO_TURNS, 1000)));
        }
    }

    /** The text of the trainable tokens, control tokens by short names. */
    private static String trained(TokenizedRow row) {
        StringBuilder trained = new StringBuilder();
        for (int i = 0; i < row.length(); i++) {
            if (row.trainable()[i]) {
                int id = row.ids()[i];
                trained.append(switch (id) {
                    case END -> "|";
                    case USER -> "<user>";
                    case ASSISTANT -> "<assistant>";
                    default -> TOKENIZER.decode(new int[] {id});
                });
            }
        }
        return trained.toString();
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
