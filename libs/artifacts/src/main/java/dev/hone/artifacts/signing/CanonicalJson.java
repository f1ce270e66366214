package dev.hone.artifacts.signing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The one form in which a JSON value is signed: RFC 8785 for strings, whole numbers up to 2^53 - 1, booleans, null, lists
 * and objects. Members are sorted by the UTF-16 units of their names, there is no white space, and a string escapes only
 * what JSON makes it escape.
 */
final class CanonicalJson {
    private static final long LARGEST = (1L << 53) - 1;

    private final StringBuilder out = new StringBuilder();

    private CanonicalJson() {}

    /** @throws BadSignature where a value has no such form: a fraction, or half of a character */
    static byte[] of(JsonNode value) throws BadSignature {
        CanonicalJson json = new CanonicalJson();
        json.value(value);
        return utf8(json.out);
    }

    private void value(JsonNode value) throws BadSignature {
        switch (value.getNodeType()) {
            case OBJECT -> object(value);
            case ARRAY -> array(value);
            case STRING -> string(value.textValue());
            case NUMBER -> number(value);
            case BOOLEAN, NULL -> out.append(value.asText());
            default -> throw new BadSignature("Expected JSON, found a " + value.getNodeType() + ".");
        }
    }

    private void object(JsonNode object) throws BadSignature {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        Collections.sort(names);
        String separator = "{";
        for (String name : names) {
            out.append(separator);
            string(name);
            out.append(':');
            value(object.get(name));
            separator = ",";
        }
        out.append(names.isEmpty() ? "{}" : "}");
    }

    private void array(JsonNode array) throws BadSignature {
        String separator = "[";
        for (JsonNode element : array) {
            out.append(separator);
            value(element);
            separator = ",";
        }
        out.append(array.isEmpty() ? "[]" : "]");
    }

    private void number(JsonNode number) throws BadSignature {
        if (!number.isIntegralNumber() || !number.canConvertToLong() || Math.abs(number.longValue()) > LARGEST) {
            throw new BadSignature("Expected whole numbers up to " + LARGEST + " in what is signed, found " + number + ".");
        }
        out.append(number.longValue());
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            character(text.charAt(i));
        }
        out.append('"');
    }

    private void character(char c) {
        switch (c) {
            case '"' -> out.append("\\\"");
            case '\\' -> out.append("\\\\");
            case '\b' -> out.append("\\b");
            case '\t' -> out.append("\\t");
            case '\n' -> out.append("\\n");
            case '\f' -> out.append("\\f");
            case '\r' -> out.append("\\r");
            default -> out.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
    }

    /** Strictly: two different texts must not become the same bytes. */
    private static byte[] utf8(CharSequence text) throws BadSignature {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        } catch (CharacterCodingException e) {
            throw new BadSignature("Expected whole characters in what is signed, found half of one.");
        }
    }
}
