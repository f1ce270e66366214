package dev.hone.llm.constrain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Numbers between whole bounds, as decimal digits. */
final class Numbers {
    private static final Expression DIGIT = Expression.range('0', '9');
    private static final Expression ZEROS = Expression.optional(Expression.sequence(Expression.text("."), new Expression.Repeat(Expression.text("0"), 1, -1)));
    private static final Expression NOT_ZERO = Expression.sequence(Expression.text("."), Expression.any(DIGIT), Expression.range('1', '9'), Expression.any(DIGIT));

    private Numbers() {}

    /** A whole bound. @param open whether the number itself is outside */
    record Bound(long at, boolean open) {
        Bound negated() {
            return new Bound(-at, open);
        }
    }

    /** Empty bounds bind nothing. */
    static Expression integers(Optional<Bound> min, Optional<Bound> max) {
        Optional<Long> from = min.map(b -> b.open ? b.at + 1 : b.at);
        Optional<Long> to = max.map(b -> b.open ? b.at - 1 : b.at);
        List<Expression> parts = new ArrayList<>();
        if (to.isEmpty() || to.get() >= 0) {
            parts.add(naturals(Math.max(0, from.orElse(0L)), to));
        }
        if (from.isEmpty() || from.get() < 0) {
            parts.add(Expression.sequence(Expression.text("-"), naturals(Math.max(1, -to.orElse(-1L)), from.map(n -> -n))));
        }
        return new Expression.Choice(parts);
    }

    /** Without exponents: with them a number's size would not show in its digits. */
    static Expression reals(Optional<Bound> min, Optional<Bound> max) {
        Bound zero = new Bound(0, false);
        List<Expression> parts = new ArrayList<>();
        parts.add(positive(min.filter(b -> b.at >= 0).orElse(zero), max));
        if (min.isEmpty() || min.get().at < 0) {
            Bound nearest = max.filter(b -> b.at <= 0).map(Bound::negated).orElse(zero);
            parts.add(Expression.sequence(Expression.text("-"), positive(nearest, min.map(Bound::negated))));
        }
        return new Expression.Choice(parts);
    }

    /** From a bound of 0 or more on. */
    private static Expression positive(Bound min, Optional<Bound> max) {
        boolean single = max.isPresent() && max.get().at == min.at;
        if (max.isPresent() && max.get().at < min.at || single && (min.open || max.get().open)) {
            return Expression.NOTHING;
        }
        Expression first = naturals(min.at, Optional.of(min.at));
        if (single) {
            return Expression.sequence(first, ZEROS);
        }
        List<Expression> parts = new ArrayList<>();
        parts.add(Expression.sequence(first, min.open ? NOT_ZERO : Expression.optional(JsonText.NUMBER_FRACTION)));
        parts.add(Expression.sequence(naturals(min.at + 1, max.map(b -> b.at - 1)), Expression.optional(JsonText.NUMBER_FRACTION)));
        max.filter(b -> !b.open).ifPresent(b -> parts.add(Expression.sequence(naturals(b.at, Optional.of(b.at)), ZEROS)));
        return new Expression.Choice(parts);
    }

    /** Whole numbers of 0 or more without leading zeros. */
    private static Expression naturals(long from, Optional<Long> to) {
        String first = Long.toString(from);
        if (to.isPresent() && to.get() < from) {
            return Expression.NOTHING;
        }
        List<Expression> parts = new ArrayList<>();
        int longest = to.map(n -> Long.toString(n).length()).orElse(first.length() + 1);
        for (int length = first.length(); length <= longest; length++) {
            String low = length == first.length() ? first : "1" + "0".repeat(length - 1);
            boolean unbounded = to.isEmpty() && length == longest;
            if (unbounded) {
                parts.add(Expression.sequence(Expression.range('1', '9'), new Expression.Repeat(DIGIT, length - 1, -1)));
            } else {
                parts.add(between(low, to.isPresent() && length == longest ? Long.toString(to.get()) : "9".repeat(length)));
            }
        }
        return new Expression.Choice(parts);
    }

    /** Of two numbers with as many digits, everything from one to the other. */
    private static Expression between(String low, String high) {
        if (low.isEmpty()) {
            return Expression.EMPTY;
        }
        char a = low.charAt(0);
        char b = high.charAt(0);
        int rest = low.length() - 1;
        if (a == b) {
            return Expression.sequence(Expression.range(a, a), between(low.substring(1), high.substring(1)));
        }
        List<Expression> parts = new ArrayList<>();
        parts.add(Expression.sequence(Expression.range(a, a), between(low.substring(1), "9".repeat(rest))));
        if (a + 1 < b) {
            parts.add(Expression.sequence(Expression.range(a + 1, b - 1), new Expression.Repeat(DIGIT, rest, rest)));
        }
        parts.add(Expression.sequence(Expression.range(b, b), between("0".repeat(rest), high.substring(1))));
        return new Expression.Choice(parts);
    }
}
