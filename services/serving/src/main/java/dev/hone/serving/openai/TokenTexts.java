package dev.hone.serving.openai;

import dev.hone.llm.engine.TokenLogprob;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Where the tokens of a text begin, in characters as Python counts them. */
final class TokenTexts {
    private int begun;

    /** Of the character that the token begins or goes on with. */
    int offset(TokenLogprob token) {
        byte[] bytes = token.bytes();
        boolean goesOn = bytes.length > 0 && isContinuation(bytes[0]);
        int offset = goesOn ? Math.max(0, begun - 1) : begun;
        for (byte one : bytes) {
            begun += isContinuation(one) ? 0 : 1;
        }
        return offset;
    }

    private static boolean isContinuation(byte one) {
        return (one & 0xC0) == 0x80;
    }

    /** The token's text; of part of a character its bytes, in the form {@code bytes:\xe2\x82}, so that different tokens have different names. */
    static String name(TokenLogprob token) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(token.bytes())).toString();
        } catch (CharacterCodingException partOfOne) {
            StringBuilder name = new StringBuilder("bytes:");
            for (byte one : token.bytes()) {
                name.append(String.format("\\x%02x", one));
            }
            return name.toString();
        }
    }
}
