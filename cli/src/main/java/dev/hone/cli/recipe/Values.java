package dev.hone.cli.recipe;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.Descriptors.FieldDescriptor;
import dev.hone.cli.console.Failure;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.StreamSupport;

/** Values as people write them into YAML: {@code 2e-4}, {@code yes} and {@code 1_000} are text to its parser. */
final class Values {
    private static final int LONGEST_SHOWN = 60;
    private static final Set<String> TRUE = Set.of("true", "yes", "on");
    private static final Set<String> FALSE = Set.of("false", "no", "off");

    private Values() {}

    /** Whether a value asks for nothing: null, false, 0, or empty. */
    static boolean isOff(JsonNode value) {
        return switch (value.getNodeType()) {
            case NULL, MISSING -> true;
            case BOOLEAN -> !value.asBoolean();
            case NUMBER -> value.asDouble() == 0;
            case STRING -> value.asText().isBlank() || FALSE.contains(value.asText().toLowerCase(Locale.ROOT));
            default -> value.isEmpty();
        };
    }

    static boolean isTrue(JsonNode value) {
        return value.isBoolean() ? value.asBoolean() : TRUE.contains(value.asText().toLowerCase(Locale.ROOT));
    }

    /** A list's texts; one text is split at commas. */
    static List<String> texts(JsonNode value) {
        if (value.isArray()) {
            return StreamSupport.stream(value.spliterator(), false).map(JsonNode::asText).toList();
        }
        return List.of(value.asText().split(",")).stream().map(String::strip).filter(text -> !text.isEmpty()).toList();
    }

    /** For a sentence: JSON, shortened. */
    static String shown(JsonNode value) {
        String text = value.isTextual() ? value.asText() : value.toString();
        return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN - 1) + "…";
    }

    /**
     * The value in the field's own type where it was written as text.
     *
     * @param where names the key and the file in a failure's sentence
     */
    static JsonNode typed(FieldDescriptor field, JsonNode value, String where) {
        if (field.isRepeated() || !value.isValueNode()) {
            return value;
        }
        String text = value.asText().strip();
        try {
            return switch (field.getJavaType()) {
                case INT, LONG -> value.isNumber() ? whole(value) : JsonNodeFactory.instance.numberNode(Long.parseLong(text.replace("_", "")));
                case DOUBLE, FLOAT -> value.isNumber() ? value : JsonNodeFactory.instance.numberNode(Double.parseDouble(text.replace("_", "")));
                case BOOLEAN -> JsonNodeFactory.instance.booleanNode(truth(value, where));
                default -> TextNode.valueOf(text);
            };
        } catch (NumberFormatException e) {
            throw new Failure(Failure.USAGE, "Expected a number for " + where + ", found \"" + text + "\".");
        }
    }

    private static JsonNode whole(JsonNode value) {
        return value.isFloatingPointNumber() && value.asDouble() == Math.rint(value.asDouble())
                ? JsonNodeFactory.instance.numberNode(value.asLong()) : value;
    }

    private static boolean truth(JsonNode value, String where) {
        if (isTrue(value)) {
            return true;
        }
        if (value.isBoolean() || FALSE.contains(value.asText().toLowerCase(Locale.ROOT))) {
            return false;
        }
        throw new Failure(Failure.USAGE, "Expected true or false for " + where + ", found \"" + value.asText() + "\".");
    }
}
