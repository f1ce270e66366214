package dev.hone.llm.text;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hone.llm.format.FormatException;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The bytes that each token adds to decoded text, by the decoder that tokenizer.json names. A character's bytes may be
 * spread over several tokens.
 *
 * @see <a href="https://huggingface.co/docs/tokenizers/api/decoders">the decoders</a>
 */
public final class TokenBytes {
    private static final byte[] NONE = {};
    private static final Pattern BYTE = Pattern.compile("<0x([0-9A-Fa-f]{2})>");

    private final byte[][] bytes;
    private final boolean dropsFirstSpace;

    private TokenBytes(byte[][] bytes, boolean dropsFirstSpace) {
        this.bytes = bytes;
        this.dropsFirstSpace = dropsFirstSpace;
    }

    /**
     * @param tokenizer the content of tokenizer.json
     * @param ends tokens that end an answer and are no text
     * @throws FormatException if the decoder is none whose tokens stand for bytes of their own
     */
    static TokenBytes read(JsonNode tokenizer, int size, Set<Integer> ends) {
        List<JsonNode> steps = new ArrayList<>();
        collect(tokenizer.path("decoder"), steps);
        boolean byteLevel = steps.stream().anyMatch(step -> type(step).equals("ByteLevel"));
        byte[][] bytes = new byte[size][];
        java.util.Arrays.fill(bytes, NONE);
        JsonNode vocabulary = tokenizer.path("model").path("vocab");
        if (vocabulary.isObject()) {
            vocabulary.properties().forEach(e -> bytes[e.getValue().asInt()] = decoded(e.getKey(), steps, byteLevel));
        } else {
            for (int id = 0; id < vocabulary.size(); id++) {
                bytes[id] = decoded(vocabulary.get(id).path(0).asText(), steps, byteLevel);
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            bytes[added.path("id").asInt()] = added.path("special").asBoolean() ? NONE : decoded(added.path("content").asText(), steps, byteLevel);
        }
        ends.stream().filter(id -> id >= 0 && id < size).forEach(id -> bytes[id] = NONE);
        return new TokenBytes(bytes, !byteLevel && steps.stream().anyMatch(TokenBytes::drops));
    }

    private static String type(JsonNode step) {
        return step.path("type").asText("none");
    }

    private static void collect(JsonNode decoder, List<JsonNode> steps) {
        if (type(decoder).equals("Sequence")) {
            decoder.path("decoders").forEach(step -> collect(step, steps));
            return;
        }
        if (!Set.of("ByteLevel", "Replace", "Metaspace", "ByteFallback", "Fuse", "Strip").contains(type(decoder))) {
            throw new FormatException("Expected a tokenizer whose tokens stand for bytes of their own, with the decoder ByteLevel or with \u2581 for a space, found the decoder "
                    + type(decoder) + ". Its answers cannot be held to a pattern or a schema.");
        }
        steps.add(decoder);
    }

    private static boolean drops(JsonNode step) {
        return type(step).equals("Strip") && step.path("start").asInt() > 0 || type(step).equals("Metaspace") && !step.path("prepend_scheme").asText("always").equals("never");
    }

    private static byte[] decoded(String token, List<JsonNode> steps, boolean byteLevel) {
        return byteLevel ? byteLevel(token) : pieces(token, steps);
    }

    /** A token with a character that stands for no byte is its own text, as the original decoder has it. */
    private static byte[] byteLevel(String token) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < token.length(); i++) {
            int b = byteOf(token.charAt(i));
            if (b < 0) {
                return token.getBytes(StandardCharsets.UTF_8);
            }
            bytes.write(b);
        }
        return bytes.toByteArray();
    }

    /** GPT-2's alphabet: visible Latin-1 characters are themselves, the other 68 bytes in order are U+0100 and on. */
    private static int byteOf(char c) {
        if (visible(c)) {
            return c;
        }
        int wanted = c - 0x100;
        if (wanted < 0 || wanted > 67) {
            return -1;
        }
        int b = 0;
        for (int seen = -1; ; b++) {
            seen += visible(b) ? 0 : 1;
            if (seen == wanted) {
                return b;
            }
        }
    }

    private static boolean visible(int b) {
        return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE && b <= 0xFF;
    }

    private static byte[] pieces(String token, List<JsonNode> steps) {
        String text = token;
        for (JsonNode step : steps) {
            switch (type(step)) {
                case "Replace" -> text = text.replace(step.path("pattern").path("String").asText("\u2581"), step.path("content").asText());
                case "Metaspace" -> text = text.replace(step.path("replacement").asText("\u2581"), " ");
                case "ByteFallback" -> {
                    if (BYTE.matcher(text).matches()) {
                        return new byte[] {(byte) Integer.parseInt(text.substring(3, 5), 16)};
                    }
                }
                default -> { }
            }
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** One more than the largest token id. */
    public int size() {
        return bytes.length;
    }

    /** Of length 0 for a token that is no text. Not to be changed. */
    public byte[] of(int id) {
        return bytes[id];
    }

    /** Whether the space that an answer's first token begins with is no part of the answer. */
    public boolean dropsFirstSpace() {
        return dropsFirstSpace;
    }
}
