package dev.hone.llm.text;

import java.util.Arrays;
import java.util.function.Function;

/**
 * Turns tokens into text as they arrive. A token may hold part of a UTF-8 character; such bytes wait for the rest, so
 * the pieces joined are the decoded whole and no piece ends in half a character. Not thread-safe; one per answer.
 */
public final class StreamDecoder {
    private static final char REPLACEMENT = '\uFFFD';
    /** A UTF-8 character has at most four bytes, so at most three of it can be waiting. */
    private static final int MAX_WAITING = 3;

    private final Function<int[], String> decode;
    private int[] window = {};
    private int context;
    private int emitted;

    StreamDecoder(Function<int[], String> decode) {
        this.decode = decode;
    }

    /** The text that became certain with this token; often empty, never null. */
    public String accept(int id) {
        window = Arrays.copyOf(window, window.length + 1);
        window[window.length - 1] = id;
        String text = decode.apply(window);
        int certain = certainLength(text);
        String piece = take(text, certain);
        if (certain == text.length()) {
            keepLastPieceAsContext();
        }
        return piece;
    }

    /** What still waits, with the replacement character for bytes that never became a character. */
    public String finish() {
        String text = decode.apply(window);
        return take(text, text.length());
    }

    private static int certainLength(String text) {
        int certain = text.length();
        while (certain > 0 && text.length() - certain < MAX_WAITING && text.charAt(certain - 1) == REPLACEMENT) {
            certain--;
        }
        return certain;
    }

    private String take(String text, int upTo) {
        if (upTo <= emitted) {
            return "";
        }
        String piece = text.substring(emitted, upTo);
        emitted = upTo;
        return piece;
    }

    /** Some decoders treat the first token differently, so the tokens before a piece stay in front of it. */
    private void keepLastPieceAsContext() {
        int[] last = Arrays.copyOfRange(window, context, window.length);
        context = last.length;
        window = last;
        emitted = decode.apply(window).length();
    }
}
