package dev.hone.llm.constrain;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** JSON's own forms. White space is one space or none after a comma and a colon, and nowhere else. */
final class JsonText {
    static final String ANY_VALUE = "\u0000value";
    static final String ANY_OBJECT = "\u0000object";

    private static final Expression SPACE = Expression.optional(Expression.text(" "));
    static final Expression COMMA = Expression.sequence(Expression.text(","), SPACE);
    static final Expression COLON = Expression.sequence(Expression.text(":"), SPACE);
    private static final Expression QUOTE = Expression.text("\"");
    private static final Expression HEX = new Expression.Chars(CodePoints.of("0123456789abcdefABCDEF"));
    private static final CodePoints CONTROL = CodePoints.of(0, 0x1F);
    private static final CodePoints PLAIN = CONTROL.or(CodePoints.of("\"\\")).complement();
    private static final Map<Character, String> SHORT = new TreeMap<>(Map.of('"', "\\\"", '\\', "\\\\", '\b', "\\b", '\f', "\\f", '\n', "\\n", '\r', "\\r", '\t', "\\t"));

    /** A character in any of JSON's spellings; a surrogate pair is one character, half a pair is none. */
    private static final Expression CHARACTER = Expression.choice(new Expression.Chars(PLAIN),
            Expression.sequence(Expression.text("\\"), Expression.chars("\"\\/bfnrt")), Expression.sequence(Expression.text("\\u"), unicode()));

    static final Expression NUMBER_FRACTION = Expression.sequence(Expression.text("."), new Expression.Repeat(new Expression.Chars(CharacterClasses.DIGIT), 1, -1));
    private static final Expression NATURAL = Expression.choice(Expression.text("0"), Expression.sequence(Expression.range('1', '9'), Expression.any(new Expression.Chars(CharacterClasses.DIGIT))));
    static final Expression INTEGER = Expression.sequence(Expression.optional(Expression.text("-")), NATURAL);
    static final Expression NUMBER = Expression.sequence(INTEGER, Expression.optional(NUMBER_FRACTION),
            Expression.optional(Expression.sequence(Expression.chars("eE"), Expression.optional(Expression.chars("+-")), new Expression.Repeat(new Expression.Chars(CharacterClasses.DIGIT), 1, -1))));
    static final Expression BOOLEAN = Expression.choice(Expression.text("true"), Expression.text("false"));
    static final Expression NULL = Expression.text("null");

    private JsonText() {}

    private static Expression unicode() {
        Expression high = Expression.sequence(Expression.chars("dD"), Expression.chars("89abAB"), HEX, HEX);
        Expression low = Expression.sequence(Expression.text("\\u"), Expression.chars("dD"), Expression.chars("cdefCDEF"), HEX, HEX);
        Expression other = Expression.choice(Expression.sequence(Expression.chars("0123456789abcefABCEF"), HEX, HEX, HEX), Expression.sequence(Expression.chars("dD"), Expression.chars("01234567"), HEX, HEX));
        return Expression.choice(other, Expression.sequence(high, low));
    }

    /** @param max -1 for any number of characters */
    static Expression string(int min, int max) {
        return Expression.sequence(QUOTE, new Expression.Repeat(CHARACTER, min, max), QUOTE);
    }

    /** A string whose characters are of the language, each in one spelling: itself where JSON lets it. */
    static Expression stringOf(Expression language) {
        return Expression.sequence(QUOTE, escaped(language), QUOTE);
    }

    private static Expression escaped(Expression language) {
        return switch (language) {
            case Expression.Chars chars -> escaped(chars.set());
            case Expression.Sequence sequence -> new Expression.Sequence(sequence.parts().stream().map(JsonText::escaped).toList());
            case Expression.Choice choice -> Expression.choice(choice.parts().stream().map(JsonText::escaped));
            case Expression.Repeat repeat -> new Expression.Repeat(escaped(repeat.body()), repeat.min(), repeat.max());
            case Expression.Shared shared -> escaped(shared.body());
            case Expression.Call call -> throw new IllegalStateException("A pattern calls no rule, found " + call.rule());
        };
    }

    private static Expression escaped(CodePoints set) {
        List<Expression> spellings = new ArrayList<>();
        spellings.add(new Expression.Chars(set.and(PLAIN)));
        SHORT.forEach((character, spelling) -> {
            if (set.contains(character)) {
                spellings.add(Expression.text(spelling));
            }
        });
        for (char c = 0; c <= 0x1F; c++) {
            if (set.contains(c) && !SHORT.containsKey(c)) {
                spellings.add(Expression.text(String.format("\\u%04x", (int) c)));
            }
        }
        return spellings.size() == 1 ? spellings.getFirst() : new Expression.Choice(spellings);
    }

    static Expression literal(String string) {
        return stringOf(Expression.text(string));
    }

    /** The value itself, its parts in their order. */
    static Expression literal(JsonNode value) {
        if (value.isTextual()) {
            return literal(value.textValue());
        }
        if (value.isArray()) {
            return Expression.sequence(Expression.text("["), joined(value.valueStream().map(JsonText::literal).toList()), Expression.text("]"));
        }
        if (value.isObject()) {
            return Expression.sequence(Expression.text("{"), joined(value.propertyStream().map(e -> Expression.sequence(literal(e.getKey()), COLON, literal(e.getValue()))).toList()), Expression.text("}"));
        }
        return Expression.text(value.asText());
    }

    private static Expression joined(List<Expression> parts) {
        List<Expression> joined = new ArrayList<>();
        for (Expression part : parts) {
            if (!joined.isEmpty()) {
                joined.add(COMMA);
            }
            joined.add(part);
        }
        return new Expression.Sequence(joined);
    }

    /** None, one, or several with commas between. */
    static Expression list(Expression part) {
        return Expression.optional(Expression.sequence(part, Expression.any(Expression.sequence(COMMA, part))));
    }

    static Expression anyValue() {
        return Expression.choice(string(0, -1), NUMBER, BOOLEAN, NULL, new Expression.Call(ANY_OBJECT), Expression.sequence(Expression.text("["), list(new Expression.Call(ANY_VALUE)), Expression.text("]")));
    }

    static Expression anyObject() {
        return Expression.sequence(Expression.text("{"), list(member(string(0, -1), new Expression.Call(ANY_VALUE))), Expression.text("}"));
    }

    static Expression member(Expression key, Expression value) {
        return Expression.sequence(key, COLON, value);
    }
}
