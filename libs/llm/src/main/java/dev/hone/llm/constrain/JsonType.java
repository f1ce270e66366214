package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The types of JSON Schema, by name. */
final class JsonType {
    static final List<String> ALL = List.of("object", "array", "string", "number", "integer", "boolean", "null");

    /** Keywords that speak of values of one type only. */
    static final Map<String, List<String>> KEYWORDS = Map.of(
            "object", List.of("properties", "required", "additionalProperties"),
            "array", List.of("items", "prefixItems", "additionalItems", "minItems", "maxItems"),
            "string", List.of("pattern", "format", "minLength", "maxLength"),
            "number", List.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"));

    private JsonType() {}

    /** @param type a name or several */
    static Set<String> declared(JsonNode type) {
        return new LinkedHashSet<>(type.isArray() ? type.valueStream().map(JsonNode::asText).toList() : List.of(type.asText()));
    }

    /** As declared, and else those that the schema's keywords speak of: fewer than it allows, none where it says nothing. */
    static Set<String> of(JsonNode schema, String where) {
        if (schema.has("type")) {
            Set<String> declared = declared(schema.get("type"));
            for (String type : declared) {
                if (!ALL.contains(type)) {
                    throw SchemaDocument.refused(where, "the type '" + type + "'", "Types are " + String.join(", ", ALL));
                }
            }
            return declared;
        }
        Set<String> spoken = new LinkedHashSet<>();
        for (String type : ALL) {
            if (KEYWORDS.getOrDefault(type, List.of()).stream().anyMatch(schema::has)) {
                spoken.add(type);
            }
        }
        return spoken;
    }

    static boolean has(Set<String> types, JsonNode value) {
        return namesOf(value).stream().anyMatch(types::contains);
    }

    private static List<String> namesOf(JsonNode value) {
        List<String> names = new ArrayList<>();
        switch (value.getNodeType()) {
            case OBJECT -> names.add("object");
            case ARRAY -> names.add("array");
            case STRING -> names.add("string");
            case BOOLEAN -> names.add("boolean");
            case NUMBER -> {
                names.add("number");
                if (value.canConvertToExactIntegral()) {
                    names.add("integer");
                }
            }
            default -> names.add("null");
        }
        return names;
    }
}
