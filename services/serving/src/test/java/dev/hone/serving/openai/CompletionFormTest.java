package dev.hone.serving.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.engine.TokenLogprob;
import dev.hone.llm.generate.FinishReason;
import dev.hone.llm.generate.Sampling;
import dev.hone.serving.answer.Caller;
import dev.hone.serving.answer.Format;
import dev.hone.serving.answer.Prompt;
import dev.hone.serving.answer.Question;
import dev.hone.serving.openai.Choices.Choice;
import dev.hone.serving.openai.Choices.Whole;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CompletionFormTest {
    private static final Choice CHOICE = new Choice(0, new Question(Caller.ANYONE, "m", Optional.empty(), new Prompt.Text("a€b"), Sampling.greedy(1), Format.FREE, 1, true, Long.MAX_VALUE));

    private static TokenLogprob token(double logprob, int... bytes) {
        byte[] text = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            text[i] = (byte) bytes[i];
        }
        return new TokenLogprob(1, text, logprob, List.of());
    }

    private static JsonNode logprobs(List<TokenLogprob> prompt, List<TokenLogprob> made, int completionTokens) {
        return new CompletionForm(true, true).whole(new Whole(CHOICE, "a1", "r1", "", prompt, made, FinishReason.STOP, prompt.size(), completionTokens)).path("logprobs");
    }

    /** The euro sign is e2 82 ac in UTF-8; offsets count characters, as Python slices by them. */
    @Test
    void givenACharacterOfTwoTokens_whenTold_thenBothHaveItsOffsetAndDifferentNames() throws Exception {
        JsonNode told = logprobs(List.of(token(Double.NaN, 'a'), token(-1, 0xe2, 0x82), token(-2, 0xac), token(-3, 'b')), List.of(token(-4, '!')), 1);

        assertEquals(HttpFace.json("[\"a\", \"bytes:\\\\xe2\\\\x82\", \"bytes:\\\\xac\", \"b\", \"!\"]"), told.path("tokens"));
        assertEquals(HttpFace.json("[0, 1, 1, 2, 3]"), told.path("text_offset"));
        assertEquals(HttpFace.json("[null, -1.0, -2.0, -3.0, -4.0]"), told.path("token_logprobs"));
    }

    @Test
    void givenAnAnswerThatEndsAtOnce_whenEchoed_thenAnEmptyEntryStandsForItsEnd() throws Exception {
        JsonNode told = logprobs(List.of(token(Double.NaN, 'a'), token(-1, 'b')), List.of(), 1);

        assertEquals(HttpFace.json("[\"a\", \"b\", \"\"]"), told.path("tokens"));
        assertEquals(HttpFace.json("[null, -1.0, null]"), told.path("token_logprobs"));
        assertEquals(2, logprobs(List.of(token(Double.NaN, 'a'), token(-1, 'b')), List.of(), 0).path("tokens").size());
    }

    @Test
    void givenAnAlternativeOfTheSameName_whenTold_thenTheLikelierStays() throws Exception {
        TokenLogprob other = new TokenLogprob(7, "b".getBytes(StandardCharsets.UTF_8), -0.5, List.of());
        JsonNode told = logprobs(List.of(new TokenLogprob(1, new byte[] {'b'}, -1, List.of(other))), List.of(), 0);

        assertEquals(HttpFace.json("[{\"b\": -0.5}]"), told.path("top_logprobs"));
    }
}
