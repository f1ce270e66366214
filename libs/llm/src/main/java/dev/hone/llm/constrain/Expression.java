package dev.hone.llm.constrain;

import java.util.List;
import java.util.stream.Stream;

/** A language over characters. */
sealed interface Expression {
    /** One character of the set. */
    record Chars(CodePoints set) implements Expression {}

    record Sequence(List<Expression> parts) implements Expression {
        public Sequence {
            parts = List.copyOf(parts);
        }
    }

    record Choice(List<Expression> parts) implements Expression {
        public Choice {
            parts = List.copyOf(parts);
        }
    }

    /** @param max -1 for any number */
    record Repeat(Expression body, int min, int max) implements Expression {}

    /** What the rule of this name is, which may come to call itself. */
    record Call(String rule) implements Expression {}

    /** The same as its body, made once however often it is used. Equal to itself alone. */
    final class Shared implements Expression {
        private final Expression body;

        Shared(Expression body) {
            this.body = body;
        }

        Expression body() {
            return body;
        }
    }

    Expression EMPTY = new Sequence(List.of());
    Expression NOTHING = new Choice(List.of());

    static Expression chars(String characters) {
        return new Chars(CodePoints.of(characters));
    }

    static Expression range(int first, int last) {
        return new Chars(CodePoints.of(first, last));
    }

    static Expression text(String text) {
        return new Sequence(text.codePoints().mapToObj(c -> range(c, c)).toList());
    }

    static Expression sequence(Expression... parts) {
        return new Sequence(List.of(parts));
    }

    static Expression choice(Expression... parts) {
        return new Choice(List.of(parts));
    }

    static Expression choice(Stream<Expression> parts) {
        return new Choice(parts.toList());
    }

    static Expression optional(Expression body) {
        return new Repeat(body, 0, 1);
    }

    static Expression any(Expression body) {
        return new Repeat(body, 0, -1);
    }
}
