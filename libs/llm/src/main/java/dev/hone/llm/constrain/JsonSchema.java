package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON schema as a grammar. Everything it lets through is valid; it lets through less than all: objects have their
 * properties in the order in which the schema names them, and no others where it names some and does not say more. What
 * cannot be held is refused.
 *
 * @see <a href="https://json-schema.org/draft/2020-12/json-schema-validation">the keywords</a>
 */
final class JsonSchema {
    private static final int MAX_DEPTH = 100;
    /** Beyond it numbers lose digits in many readers. */
    private static final long MAX_BOUND = 1L << 53;

    private final SchemaDocument document;
    private final SchemaMerge merge;
    private final OneOf oneOf;
    /** What each reference's rule is; a rule of several references to one place is made for each. */
    private final Map<String, JsonNode> targets = new HashMap<>();
    private int depth;

    private JsonSchema(SchemaDocument document) {
        this.document = document;
        merge = new SchemaMerge(document);
        oneOf = new OneOf(merge);
    }

    static Grammar grammar(String text) {
        JsonSchema schema = new JsonSchema(SchemaDocument.parse(text));
        return GrammarBuilder.build(schema.value(schema.document.root(), "#"), schema::rule);
    }

    /** Any JSON object. */
    static Grammar objects() {
        return GrammarBuilder.build(JsonText.anyObject(), JsonSchema::anything);
    }

    private static Expression anything(String rule) {
        return rule.equals(JsonText.ANY_OBJECT) ? JsonText.anyObject() : JsonText.anyValue();
    }

    private Expression rule(String name) {
        return targets.containsKey(name) ? value(targets.get(name), name) : anything(name);
    }

    Expression value(JsonNode schema, String where) {
        if (++depth > MAX_DEPTH) {
            throw SchemaDocument.refused(where, "schemas nested more than " + MAX_DEPTH + " deep", "Write it plainer");
        }
        Expression value = unguarded(schema, where);
        depth--;
        return value;
    }

    private Expression unguarded(JsonNode schema, String where) {
        if (schema.isBoolean()) {
            return schema.booleanValue() ? new Expression.Call(JsonText.ANY_VALUE) : Expression.NOTHING;
        }
        if (!schema.isObject()) {
            throw SchemaDocument.refused(where, "something that is no schema", "A schema is an object, true or false");
        }
        boolean plainReference = schema.has("$ref") && schema.propertyStream().allMatch(e -> e.getKey().equals("$ref") || SchemaDocument.annotates(e.getKey()));
        if (plainReference) {
            return reference(schema.get("$ref").asText(), where);
        }
        ObjectNode flat = merge.flat(schema, where);
        SchemaDocument.refuseOthers(flat, KNOWN, where);
        for (String choice : List.of("anyOf", "oneOf")) {
            if (flat.has(choice)) {
                return alternatives(flat, choice, where);
            }
        }
        return flat.has("const") || flat.has("enum") ? values(flat, where) : typed(flat, where);
    }

    private static final Set<String> KNOWN = known();

    private static Set<String> known() {
        Set<String> known = new HashSet<>(Set.of("type", "const", "enum", "anyOf", "oneOf"));
        JsonType.KEYWORDS.values().forEach(known::addAll);
        return Set.copyOf(known);
    }

    private Expression reference(String reference, String where) {
        targets.computeIfAbsent(reference, name -> document.resolve(name, where));
        return new Expression.Call(reference);
    }

    private Expression alternatives(ObjectNode schema, String choice, String where) {
        ObjectNode rest = schema.deepCopy();
        JsonNode parts = rest.remove(choice);
        List<JsonNode> all = new ArrayList<>();
        parts.forEach(part -> all.add(rest.isEmpty() ? part : merge.merged(rest, part, where)));
        if (choice.equals("oneOf")) {
            oneOf.refuseOverlap(all, where);
        }
        List<Expression> values = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            values.add(value(all.get(i), where + "/" + choice + "/" + i));
        }
        return new Expression.Choice(values);
    }

    private static Expression values(ObjectNode schema, String where) {
        SchemaDocument.refuseOthers(schema, Set.of("type", "const", "enum"), where);
        List<JsonNode> values = finite(schema);
        Set<String> types = schema.has("type") ? JsonType.of(schema, where) : Set.copyOf(JsonType.ALL);
        return Expression.choice(values.stream().filter(value -> JsonType.has(types, value)).map(JsonText::literal));
    }

    static List<JsonNode> finite(JsonNode schema) {
        List<JsonNode> values = schema.path("enum").valueStream().toList();
        if (!schema.has("const")) {
            return values;
        }
        return !schema.has("enum") || values.contains(schema.get("const")) ? List.of(schema.get("const")) : List.of();
    }

    private Expression typed(ObjectNode schema, String where) {
        Set<String> types = JsonType.of(schema, where);
        if (types.isEmpty()) {
            return schema.has("type") ? Expression.NOTHING : new Expression.Call(JsonText.ANY_VALUE);
        }
        List<Expression> parts = new ArrayList<>();
        for (String type : types) {
            if (!type.equals("integer") || !types.contains("number")) {
                parts.add(ofType(type, schema, where));
            }
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Choice(parts);
    }

    private Expression ofType(String type, ObjectNode schema, String where) {
        return switch (type) {
            case "object" -> new SchemaObjects(this, schema, where).expression();
            case "array" -> new SchemaArrays(this, schema, where).expression();
            case "string" -> string(schema, where);
            case "integer" -> bounded(schema) ? Numbers.integers(bound(schema, "inimum", 1, where), bound(schema, "aximum", -1, where)) : JsonText.INTEGER;
            case "number" -> bounded(schema) ? Numbers.reals(bound(schema, "inimum", 1, where), bound(schema, "aximum", -1, where)) : JsonText.NUMBER;
            case "boolean" -> JsonText.BOOLEAN;
            default -> JsonText.NULL;
        };
    }

    private static boolean bounded(ObjectNode schema) {
        return JsonType.KEYWORDS.get("number").stream().anyMatch(schema::has);
    }

    /** The narrower of the closed and the open bound. @param sign 1: larger is narrower */
    private static Optional<Numbers.Bound> bound(ObjectNode schema, String stem, int sign, String where) {
        Optional<Numbers.Bound> closed = bound(schema, "m" + stem, false, where);
        Optional<Numbers.Bound> open = bound(schema, "exclusiveM" + stem, true, where);
        if (closed.isEmpty() || open.isEmpty()) {
            return closed.or(() -> open);
        }
        return sign * Long.compare(closed.get().at(), open.get().at()) > 0 ? closed : open;
    }

    private static Optional<Numbers.Bound> bound(ObjectNode schema, String keyword, boolean open, String where) {
        JsonNode value = schema.path(keyword);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.canConvertToExactIntegral() || !value.canConvertToLong() || Math.abs(value.longValue()) > MAX_BOUND) {
            throw SchemaDocument.refused(where, "'" + keyword + "': " + value, "Bounds must be whole numbers of at most 2^53; check others afterwards");
        }
        return Optional.of(new Numbers.Bound(value.longValue(), open));
    }

    private static Expression string(ObjectNode schema, String where) {
        List<String> forms = List.of("pattern", "format").stream().filter(schema::has).toList();
        boolean counted = schema.has("minLength") || schema.has("maxLength");
        if (forms.size() + (counted ? 1 : 0) > 1) {
            throw SchemaDocument.refused(where, "several of pattern, format and a length for one string", "Only one of them can be held; leave the others out, or say them with the pattern");
        }
        if (schema.has("pattern")) {
            return JsonText.stringOf(Regex.found(schema.get("pattern").asText()));
        }
        if (schema.has("format")) {
            String format = schema.get("format").asText();
            return JsonText.stringOf(StringFormats.language(format).orElseThrow(() -> SchemaDocument.refused(where, "the format '" + format + "'", "Formats are " + StringFormats.names())));
        }
        int min = SchemaDocument.count(schema, "minLength", 0, where);
        int max = SchemaDocument.count(schema, "maxLength", -1, where);
        return max >= 0 && max < min ? Expression.NOTHING : JsonText.string(min, max);
    }
}
