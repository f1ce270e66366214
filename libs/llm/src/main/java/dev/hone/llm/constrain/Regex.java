package dev.hone.llm.constrain;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads regular expressions: literals, classes, groups, alternation, quantifiers, and anchors at the ends of the whole.
 * What no finite automaton is (backreferences) or is worth building one for (lookaround, word boundaries) is refused.
 */
final class Regex {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_REPEAT = 10_000;

    private final RegexText text;
    private int depth;

    /** One of the whole's alternatives. */
    private record Alternative(Expression body, boolean fromStart, boolean toEnd) {}

    private Regex(String pattern) {
        text = new RegexText(pattern);
    }

    /** The language of texts that the pattern matches as a whole. */
    static Expression whole(String pattern) {
        return Expression.choice(new Regex(pattern).alternatives().stream().map(Alternative::body));
    }

    /** The language of texts in which the pattern is found somewhere, as JSON Schema reads it. */
    static Expression found(String pattern) {
        Expression around = Expression.any(new Expression.Chars(CodePoints.ALL));
        return Expression.choice(new Regex(pattern).alternatives().stream().map(a -> Expression.sequence(a.fromStart ? Expression.EMPTY : around, a.body, a.toEnd ? Expression.EMPTY : around)));
    }

    private List<Alternative> alternatives() {
        List<Alternative> all = new ArrayList<>();
        do {
            boolean fromStart = text.takeAny("^", "\\A");
            Expression body = sequence();
            all.add(new Alternative(body, fromStart, text.takeAny("$", "\\z", "\\Z")));
        } while (text.take('|'));
        if (!text.atEnd()) {
            throw text.refused(text.peek() == ')' ? "a ')' without its '('; escape it as \\)" : "an anchor inside the pattern; anchors may stand at its ends only");
        }
        return all;
    }

    private Expression choice() {
        if (++depth > MAX_DEPTH) {
            throw text.refused("groups nested more than " + MAX_DEPTH + " deep");
        }
        List<Expression> parts = new ArrayList<>();
        do {
            parts.add(sequence());
        } while (text.take('|'));
        depth--;
        return parts.size() == 1 ? parts.getFirst() : new Expression.Choice(parts);
    }

    private Expression sequence() {
        List<Expression> parts = new ArrayList<>();
        while (!text.atEnd() && text.peek() != '|' && text.peek() != ')' && text.peek() != '$' && !text.looksAt("\\z") && !text.looksAt("\\Z")) {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Sequence(parts);
    }

    private Expression quantified(Expression atom) {
        Expression result = atom;
        if (text.take('*')) {
            result = Expression.any(atom);
        } else if (text.take('+')) {
            result = new Expression.Repeat(atom, 1, -1);
        } else if (text.take('?')) {
            result = Expression.optional(atom);
        } else if (text.take('{')) {
            result = counted(atom);
        } else {
            return atom;
        }
        text.take('?');
        if (!text.atEnd() && "*+?{".indexOf(text.peek()) >= 0) {
            throw text.refused("a quantifier after a quantifier; put what it repeats into a group (possessive ones are not supported)");
        }
        return result;
    }

    private Expression counted(Expression atom) {
        int min = text.number();
        int max = min;
        if (text.take(',')) {
            max = text.looksAt("}") ? -1 : text.number();
        }
        if (!text.take('}') || min < 0 || max < -1 || max >= 0 && max < min) {
            throw text.refused("a '{' that begins no quantifier such as {2}, {2,} or {2,5}; escape it as \\{");
        }
        if (Math.max(min, max) > MAX_REPEAT) {
            throw text.refused("more than " + MAX_REPEAT + " repetitions");
        }
        return new Expression.Repeat(atom, min, max);
    }

    private Expression atom() {
        int c = text.next();
        return switch (c) {
            case '(' -> group();
            case '[' -> new Expression.Chars(new RegexClass(text).read());
            case '.' -> new Expression.Chars(CharacterClasses.DOT);
            case '\\' -> new Expression.Chars(new RegexClass(text).escape());
            case '^' -> throw text.refused("an anchor inside the pattern; anchors may stand at its ends only");
            case '*', '+', '?', '{' -> throw text.refused("a '" + (char) c + "' with nothing to repeat; escape it as \\" + (char) c);
            default -> Expression.range(c, c);
        };
    }

    private Expression group() {
        if (text.take('?')) {
            opening();
        }
        Expression inner = choice();
        if (!text.take(')')) {
            throw text.refused(text.atEnd() ? "a '(' without its ')'" : "an anchor inside a group; anchors may stand at the pattern's ends only");
        }
        return inner;
    }

    private void opening() {
        if (text.take(':')) {
            return;
        }
        text.take('P');
        if (text.looksAt("=") || text.looksAt("!") || text.looksAt("<=") || text.looksAt("<!")) {
            throw text.refused("lookaround, which is not supported; say what the text is, not what stands beside it");
        }
        if (!text.take('<')) {
            throw text.refused("a group of the kind (?" + (text.atEnd() ? "" : (char) text.peek()) + ", which is not supported; plain, named and (?: groups are");
        }
        while (!text.take('>')) {
            text.next();
        }
    }
}
