package dev.hone.llm.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class TokenBytesTest {
    private static final ChatTokenizer TOKENIZER = ChatTokenizer.load(TinyTokenizer.directory());

    @Test
    void givenAnyText_whenItsTokensBytesAreJoined_thenTheyAreTheTextsBytes() {
        TokenBytes bytes = TOKENIZER.tokenBytes();
        String text = "Reset the phone \u2192 caf\u00e9 \uD83D\uDE00\n\t\u0000\u00ad\u4f60 \u00ff";
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (int id : TOKENIZER.encode(text)) {
            joined.writeBytes(bytes.of(id));
        }
        assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), joined.toByteArray());
        assertFalse(bytes.dropsFirstSpace());
    }

    @Test
    void givenSpecialTokens_whenTheirBytesAreAsked_thenTheyHaveNone() {
        TokenBytes bytes = TOKENIZER.tokenBytes();
        assertEquals(TOKENIZER.vocabularySize(), bytes.size());
        assertEquals(0, bytes.of(1).length);
        assertEquals(0, bytes.of(3).length);
    }
}
