package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;

/** Whether at most one of several schemas can be fulfilled by what is made for any of them. What cannot be shown is refused. */
final class OneOf {
    private static final int MAX_DEPTH = 10;
    private static final String WHERE = "oneOf";

    private final SchemaMerge merge;

    OneOf(SchemaMerge merge) {
        this.merge = merge;
    }

    void refuseOverlap(List<JsonNode> alternatives, String where) {
        for (int i = 0; i < alternatives.size(); i++) {
            for (int j = 0; j < alternatives.size(); j++) {
                if (i != j && !never(alternatives.get(i), alternatives.get(j), 0)) {
                    throw SchemaDocument.refused(where, "oneOf with the alternatives " + Math.min(i, j) + " and " + Math.max(i, j) + ", which one value may both fulfil",
                            "Use anyOf, or give each a required property with a const of its own");
                }
            }
        }
    }

    /** Whether nothing made for the one is valid for the other. */
    private boolean never(JsonNode made, JsonNode other, int depth) {
        if (depth > MAX_DEPTH) {
            return false;
        }
        ObjectNode a = merge.flat(made, WHERE);
        ObjectNode b = merge.flat(other, WHERE);
        if (a.has("anyOf") || a.has("oneOf")) {
            return false;
        }
        if (isFinite(a)) {
            return JsonSchema.finite(a).stream().noneMatch(value -> possible(value, b));
        }
        Set<String> types = JsonType.of(a, WHERE);
        if (types.isEmpty()) {
            return false;
        }
        return types.stream().noneMatch(type -> possible(type, b)) || types.equals(Set.of("object")) && neverObject(a, b, depth);
    }

    private static boolean isFinite(JsonNode schema) {
        return schema.has("const") || schema.has("enum");
    }

    private static boolean possible(JsonNode value, ObjectNode schema) {
        boolean listed = !isFinite(schema) || JsonSchema.finite(schema).stream().anyMatch(v -> equal(v, value));
        return listed && (!schema.has("type") || JsonType.has(JsonType.declared(schema.get("type")), value));
    }

    private static boolean equal(JsonNode a, JsonNode b) {
        return a.isNumber() && b.isNumber() ? a.decimalValue().compareTo(b.decimalValue()) == 0 : a.equals(b);
    }

    private static boolean possible(String type, ObjectNode schema) {
        boolean number = type.equals("number") || type.equals("integer");
        if (isFinite(schema)) {
            return JsonSchema.finite(schema).stream().anyMatch(value -> JsonType.has(number ? Set.of("number", "integer") : Set.of(type), value));
        }
        Set<String> types = schema.has("type") ? JsonType.declared(schema.get("type")) : Set.copyOf(JsonType.ALL);
        return types.contains(type) || number && (types.contains("number") || types.contains("integer"));
    }

    private boolean neverObject(ObjectNode made, ObjectNode other, int depth) {
        boolean lacks = other.path("required").valueStream().anyMatch(name -> !SchemaObjects.makes(made, name.asText()));
        boolean closed = other.path("additionalProperties").isBoolean() && !other.get("additionalProperties").booleanValue();
        List<String> always = made.path("required").valueStream().map(JsonNode::asText).toList();
        return lacks || closed && always.stream().anyMatch(name -> !other.path("properties").has(name))
                || always.stream().anyMatch(name -> made.path("properties").has(name) && other.path("properties").has(name) && never(made.get("properties").get(name), other.get("properties").get(name), depth + 1));
    }
}
