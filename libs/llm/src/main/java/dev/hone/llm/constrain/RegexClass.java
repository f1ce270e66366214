package dev.hone.llm.constrain;

/** Reads a regular expression's sets of characters: bracketed ones and escapes. */
final class RegexClass {
    private static final String LITERAL_ESCAPES = "n\nr\rt\tf\f";

    private final RegexText text;

    RegexClass(RegexText text) {
        this.text = text;
    }

    /** After the opening bracket. */
    CodePoints read() {
        boolean negated = text.take('^');
        CodePoints set = CodePoints.NONE;
        boolean first = true;
        while (first && text.peek() == ']' || !text.take(']')) {
            if (first && text.peek() == ']') {
                throw text.refused("an empty class; escape the bracket as \\]");
            }
            first = false;
            set = set.or(member());
        }
        return negated ? set.complement() : set;
    }

    private CodePoints member() {
        CodePoints from = single();
        if (text.peek() != '-' || text.looksAt("-]")) {
            return from;
        }
        text.next();
        CodePoints to = single();
        int first = only(from);
        int last = only(to);
        if (last < first) {
            throw text.refused("a range whose end comes before its beginning");
        }
        return CodePoints.of(first, last);
    }

    private int only(CodePoints set) {
        int[] range = set.isEmpty() ? new int[] {0, -1} : set.list().getFirst();
        if (set.list().size() != 1 || range[0] != range[1]) {
            throw text.refused("a range between something else than two characters; escape the hyphen as \\-");
        }
        return range[0];
    }

    private CodePoints single() {
        int c = text.next();
        if (c == '[' || c == '&' && text.peek() == '&') {
            throw text.refused("a class within a class or an intersection, which are not supported; escape the character if it is meant itself");
        }
        return c == '\\' ? escape() : CodePoints.of(c, c);
    }

    /** After the backslash. */
    CodePoints escape() {
        int c = text.next();
        int literal = c < 128 ? LITERAL_ESCAPES.indexOf(c) : -1;
        if (literal >= 0 && literal % 2 == 0) {
            return one(LITERAL_ESCAPES.charAt(literal + 1));
        }
        return switch (c) {
            case 'd' -> CharacterClasses.DIGIT;
            case 'D' -> CharacterClasses.DIGIT.complement();
            case 'w' -> CharacterClasses.WORD;
            case 'W' -> CharacterClasses.WORD.complement();
            case 's' -> CharacterClasses.SPACE;
            case 'S' -> CharacterClasses.SPACE.complement();
            case 'p' -> property();
            case 'P' -> property().complement();
            case 'x' -> one(text.take('{') ? text.bracedHex() : text.hex(2));
            case 'u' -> one(text.take('{') ? text.bracedHex() : unicode());
            default -> other(c);
        };
    }

    private CodePoints one(int c) {
        if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
            throw text.refused("half of a surrogate pair, which is no character");
        }
        return CodePoints.of(c, c);
    }

    private int unicode() {
        int unit = text.hex(4);
        if (Character.isHighSurrogate((char) unit) && text.takeAny("\\u")) {
            return Character.toCodePoint((char) unit, (char) text.hex(4));
        }
        return unit;
    }

    private CodePoints property() {
        String name = text.take('{') ? text.upTo('}') : Character.toString(text.next());
        return CharacterClasses.property(name).orElseThrow(() -> text.refused("the property " + name + ", which is none of the general categories (L, Lu, Nd) or scripts (Script=Han) that are supported"));
    }

    private CodePoints other(int c) {
        if (c >= '1' && c <= '9' || c == 'k') {
            throw text.refused("a backreference, which is not supported");
        }
        if (c == 'b' || c == 'B') {
            throw text.refused("a word boundary, which is not supported; say which characters stand there");
        }
        if (c < 128 && Character.isLetterOrDigit(c)) {
            throw text.refused("the escape \\" + (char) c + ", which is not supported");
        }
        return one(c);
    }
}
