package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Objects: the named properties in their order, then others where the schema lets them be. */
final class SchemaObjects {
    private final JsonSchema schemas;
    private final String where;
    private final Map<String, JsonNode> properties = new LinkedHashMap<>();
    private final Set<String> required = new LinkedHashSet<>();
    private final JsonNode additional;

    SchemaObjects(JsonSchema schemas, ObjectNode schema, String where) {
        this.schemas = schemas;
        this.where = where;
        schema.path("properties").properties().forEach(e -> properties.put(e.getKey(), e.getValue()));
        additional = schema.has("additionalProperties") ? schema.get("additionalProperties") : JsonNodeFactory.instance.booleanNode(properties.isEmpty());
        schema.path("required").forEach(name -> required.add(name.asText()));
        JsonNode unnamed = schema.has("additionalProperties") ? additional : JsonNodeFactory.instance.booleanNode(true);
        required.forEach(name -> properties.putIfAbsent(name, unnamed));
    }

    /** Names that an object made by the schema may have, all of them where others are let in. */
    static boolean makes(JsonNode schema, String name) {
        JsonNode additional = schema.path("additionalProperties");
        boolean open = additional.isMissingNode() ? !schema.has("properties") : !(additional.isBoolean() && !additional.booleanValue());
        return open || schema.path("properties").has(name) || schema.path("required").valueStream().anyMatch(r -> r.asText().equals(name));
    }

    Expression expression() {
        Expression others = others();
        boolean closed = others.equals(Expression.NOTHING);
        Expression afterSome = closed ? Expression.EMPTY : new Expression.Shared(Expression.any(Expression.sequence(JsonText.COMMA, others)));
        Expression atFirst = closed ? Expression.EMPTY : Expression.optional(Expression.sequence(others, afterSome));
        return Expression.sequence(Expression.text("{"), members(atFirst, afterSome), Expression.text("}"));
    }

    /**
     * Up to the first required property each may be the first that stands there; from then on all come after a comma. So the
     * members are a choice of the first, each followed by a chain of the rest.
     */
    private Expression members(Expression atFirst, Expression afterSome) {
        List<Expression> members = new ArrayList<>();
        List<Expression> links = new ArrayList<>();
        properties.forEach((name, schema) -> {
            Expression member = new Expression.Shared(JsonText.member(JsonText.literal(name), schemas.value(schema, where + "/properties/" + name)));
            Expression link = Expression.sequence(JsonText.COMMA, member);
            members.add(member);
            links.add(new Expression.Shared(required.contains(name) ? link : Expression.optional(link)));
        });
        List<String> names = List.copyOf(properties.keySet());
        List<Expression> firsts = new ArrayList<>();
        boolean mayBeNone = true;
        for (int i = 0; i < names.size() && mayBeNone; i++) {
            firsts.add(Expression.sequence(members.get(i), new Expression.Sequence(links.subList(i + 1, links.size())), afterSome));
            mayBeNone = !required.contains(names.get(i));
        }
        if (mayBeNone) {
            firsts.add(atFirst);
        }
        return new Expression.Choice(firsts);
    }

    private Expression others() {
        if (additional.isBoolean() && !additional.booleanValue()) {
            return Expression.NOTHING;
        }
        Expression key = properties.isEmpty() ? JsonText.string(0, -1) : JsonText.stringOf(otherThan(properties.keySet(), 0));
        return JsonText.member(key, schemas.value(additional, where + "/additionalProperties"));
    }

    /** Every text but the given, which share what comes before the place: along their tree, leaving it anywhere but at one's end. */
    private static Expression otherThan(Collection<String> names, int place) {
        Map<Integer, List<String>> byNext = new TreeMap<>();
        boolean ends = false;
        for (String name : names) {
            int[] characters = name.codePoints().toArray();
            if (characters.length == place) {
                ends = true;
            } else {
                byNext.computeIfAbsent(characters[place], c -> new ArrayList<>()).add(name);
            }
        }
        CodePoints leaving = CodePoints.ALL;
        List<Expression> parts = new ArrayList<>();
        for (Map.Entry<Integer, List<String>> next : byNext.entrySet()) {
            leaving = leaving.minus(CodePoints.of(next.getKey(), next.getKey()));
            parts.add(Expression.sequence(Expression.range(next.getKey(), next.getKey()), otherThan(next.getValue(), place + 1)));
        }
        parts.add(Expression.sequence(new Expression.Chars(leaving), Expression.any(new Expression.Chars(CodePoints.ALL))));
        if (!ends) {
            parts.add(Expression.EMPTY);
        }
        return new Expression.Choice(parts);
    }
}
