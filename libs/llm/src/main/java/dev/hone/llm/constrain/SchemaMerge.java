package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** One schema for what several demand together: allOf, and what stands beside anyOf, oneOf and $ref. */
final class SchemaMerge {
    private static final int MAX_DEPTH = 50;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final SchemaDocument document;

    SchemaMerge(SchemaDocument document) {
        this.document = document;
    }

    /** The schema without allOf, and without a reference beside other demands. */
    ObjectNode flat(JsonNode schema, String where) {
        List<ObjectNode> parts = new ArrayList<>();
        collect(schema, parts, where, 0);
        return merged(parts, where);
    }

    ObjectNode merged(JsonNode a, JsonNode b, String where) {
        List<ObjectNode> parts = new ArrayList<>();
        collect(a, parts, where, 0);
        collect(b, parts, where, 0);
        return merged(parts, where);
    }

    private void collect(JsonNode schema, List<ObjectNode> parts, String where, int depth) {
        if (depth > MAX_DEPTH) {
            throw SchemaDocument.refused(where, "references and allOf more than " + MAX_DEPTH + " deep", "It refers to itself, or should be written plainer");
        }
        if (schema.isBoolean()) {
            parts.add(schema.booleanValue() ? JSON.objectNode() : JSON.objectNode().set("enum", JSON.arrayNode()));
            return;
        }
        if (!schema.isObject()) {
            throw SchemaDocument.refused(where, "something that is no schema", "A schema is an object, true or false");
        }
        ObjectNode own = JSON.objectNode();
        schema.properties().stream().filter(e -> !SchemaDocument.annotates(e.getKey()) && !Set.of("$ref", "allOf").contains(e.getKey())).forEach(e -> own.set(e.getKey(), e.getValue()));
        parts.add(own);
        if (schema.has("$ref")) {
            collect(document.resolve(schema.get("$ref").asText(), where), parts, where, depth + 1);
        }
        schema.path("allOf").forEach(part -> collect(part, parts, where + "/allOf", depth + 1));
    }

    private ObjectNode merged(List<ObjectNode> parts, String where) {
        refuseClosedBesideOthers(parts, where);
        ObjectNode merged = JSON.objectNode();
        for (ObjectNode part : parts) {
            part.properties().forEach(e -> merged.set(e.getKey(), merged.has(e.getKey()) ? both(e.getKey(), merged.get(e.getKey()), e.getValue(), where) : e.getValue()));
        }
        return merged;
    }

    /** additionalProperties speaks of its own part's properties alone, which one merged schema cannot say. */
    private static void refuseClosedBesideOthers(List<ObjectNode> parts, String where) {
        for (ObjectNode closed : parts) {
            JsonNode additional = closed.path("additionalProperties");
            if (!additional.isMissingNode() && !(additional.isBoolean() && additional.booleanValue())) {
                for (ObjectNode other : parts) {
                    other.path("properties").fieldNames().forEachRemaining(name -> {
                        if (!closed.path("properties").has(name)) {
                            throw SchemaDocument.refused(where, "additionalProperties beside another part's property '" + name + "'", "Write the parts as one schema");
                        }
                    });
                }
            }
        }
    }

    private JsonNode both(String keyword, JsonNode a, JsonNode b, String where) {
        return switch (keyword) {
            case "properties" -> properties(a, b);
            case "required" -> union(a, b);
            case "type" -> types(a, b);
            case "enum" -> common(a, b);
            case "minimum", "exclusiveMinimum", "minLength", "minItems" -> a.decimalValue().compareTo(b.decimalValue()) >= 0 ? a : b;
            case "maximum", "exclusiveMaximum", "maxLength", "maxItems" -> a.decimalValue().compareTo(b.decimalValue()) <= 0 ? a : b;
            case "items" -> together(a, b);
            default -> {
                if (!a.equals(b)) {
                    throw SchemaDocument.refused(where, "two different '" + keyword + "' that must both hold", "Write the parts as one schema");
                }
                yield a;
            }
        };
    }

    private static JsonNode properties(JsonNode a, JsonNode b) {
        ObjectNode merged = a.deepCopy();
        b.properties().forEach(e -> merged.set(e.getKey(), merged.has(e.getKey()) ? together(merged.get(e.getKey()), e.getValue()) : e.getValue()));
        return merged;
    }

    private static JsonNode together(JsonNode a, JsonNode b) {
        return a.equals(b) ? a : JSON.objectNode().set("allOf", JSON.arrayNode().add(a).add(b));
    }

    private static JsonNode union(JsonNode a, JsonNode b) {
        Set<JsonNode> union = new LinkedHashSet<>(a.valueStream().toList());
        b.forEach(union::add);
        return JSON.arrayNode().addAll(union);
    }

    private static JsonNode common(JsonNode a, JsonNode b) {
        List<JsonNode> others = b.valueStream().toList();
        return JSON.arrayNode().addAll(a.valueStream().filter(others::contains).toList());
    }

    private static JsonNode types(JsonNode a, JsonNode b) {
        Set<String> left = JsonType.declared(a);
        Set<String> right = JsonType.declared(b);
        ArrayNode both = JSON.arrayNode();
        left.stream().filter(t -> right.contains(t) || t.equals("integer") && right.contains("number")).forEach(both::add);
        right.stream().filter(t -> t.equals("integer") && left.contains("number") && !left.contains("integer")).forEach(both::add);
        return both;
    }
}
