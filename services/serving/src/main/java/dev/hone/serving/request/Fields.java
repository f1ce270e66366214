package dev.hone.serving.request;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hone.serving.answer.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** A request's JSON, read field by field; null is the same as absent, and what has the wrong type is refused by name. */
public record Fields(ObjectNode json) {

    public boolean has(String name) {
        return json.hasNonNull(name);
    }

    public JsonNode node(String name) {
        return json.path(name);
    }

    public Optional<String> text(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw wrong(name, "a string", value);
        }
        return Optional.of(value.textValue());
    }

    public String requiredText(String name) throws Refusal {
        String value = text(name).orElse("");
        if (value.isEmpty()) {
            throw invalid(name, "Expected a string in \"" + name + "\", found none.");
        }
        return value;
    }

    public OptionalDouble number(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber()) {
            throw wrong(name, "a number", value);
        }
        return OptionalDouble.of(value.doubleValue());
    }

    /** @param least and most: inclusive */
    public double number(String name, double absent, double least, double most) throws Refusal {
        double value = number(name).orElse(absent);
        if (!(value >= least && value <= most)) {
            throw invalid(name, "Expected " + name + " from " + least + " to " + most + ", found " + value + ".");
        }
        return value;
    }

    public OptionalLong integer(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw wrong(name, "a whole number", value);
        }
        return OptionalLong.of(value.longValue());
    }

    /** @param least and most: inclusive */
    public int integer(String name, int absent, int least, int most) throws Refusal {
        long value = integer(name).orElse(absent);
        if (value < least || value > most) {
            throw invalid(name, "Expected " + name + " from " + least + " to " + most + ", found " + value + ".");
        }
        return (int) value;
    }

    public boolean flag(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw wrong(name, "true or false", value);
        }
        return value.booleanValue();
    }

    /** A string alone is a list of one. */
    public List<String> texts(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        if (value.isTextual()) {
            return List.of(value.textValue());
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode one : value) {
            if (!one.isTextual()) {
                throw wrong(name, "a string or a list of strings", value);
            }
            texts.add(one.textValue());
        }
        if (!value.isArray()) {
            throw wrong(name, "a string or a list of strings", value);
        }
        return texts;
    }

    public Optional<Fields> object(String name) throws Refusal {
        JsonNode value = json.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return Optional.empty();
        }
        if (!(value instanceof ObjectNode object)) {
            throw wrong(name, "an object", value);
        }
        return Optional.of(new Fields(object));
    }

    public static Refusal invalid(String field, String sentence) {
        return new Refusal(Refusal.Code.INVALID_ARGUMENT, sentence, field);
    }

    private static Refusal wrong(String name, String expected, JsonNode found) {
        return invalid(name, "Expected " + expected + " in \"" + name + "\", found " + found.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + ".");
    }
}
