package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Arrays: items of their own at the beginning, then items alike, as many as the bounds let. */
final class SchemaArrays {
    private final JsonSchema schemas;
    private final List<JsonNode> places;
    private final JsonNode others;
    private final String where;
    private final int min;
    private final int max;

    SchemaArrays(JsonSchema schemas, ObjectNode schema, String where) {
        this.schemas = schemas;
        this.where = where;
        boolean old = schema.path("items").isArray();
        places = (old ? schema.path("items") : schema.path("prefixItems")).valueStream().toList();
        others = old ? schema.path("additionalItems") : schema.path("items");
        min = SchemaDocument.count(schema, "minItems", 0, where);
        max = SchemaDocument.count(schema, "maxItems", -1, where);
    }

    Expression expression() {
        if (max >= 0 && max < min) {
            return Expression.NOTHING;
        }
        Expression inside = from(0);
        return Expression.sequence(Expression.text("["), inside, Expression.text("]"));
    }

    /** The items from place i on, those before written. */
    private Expression from(int i) {
        if (i == max) {
            return Expression.EMPTY;
        }
        if (i >= places.size()) {
            return rest(i);
        }
        Expression item = schemas.value(places.get(i), where + "/prefixItems/" + i);
        Expression more = Expression.sequence(i == 0 ? Expression.EMPTY : JsonText.COMMA, item, from(i + 1));
        return i < min ? more : Expression.optional(more);
    }

    private Expression rest(int i) {
        boolean anything = others.isMissingNode();
        Expression item = anything ? new Expression.Call(JsonText.ANY_VALUE) : new Expression.Shared(schemas.value(others, where + "/items"));
        if (i > 0) {
            return new Expression.Repeat(Expression.sequence(JsonText.COMMA, item), Math.max(0, min - i), max < 0 ? -1 : max - i);
        }
        Expression more = new Expression.Repeat(Expression.sequence(JsonText.COMMA, item), Math.max(0, min - 1), max < 0 ? -1 : max - 1);
        Expression some = Expression.sequence(item, more);
        return min > 0 ? some : Expression.optional(some);
    }
}
