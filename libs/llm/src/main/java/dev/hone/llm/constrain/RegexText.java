package dev.hone.llm.constrain;

/** A place in a pattern's characters. */
final class RegexText {
    private final String pattern;
    private final int[] characters;
    private int at;

    RegexText(String pattern) {
        this.pattern = pattern;
        characters = pattern.codePoints().toArray();
    }

    boolean atEnd() {
        return at == characters.length;
    }

    int peek() {
        return atEnd() ? -1 : characters[at];
    }

    int next() {
        if (atEnd()) {
            throw refused("an end where more was expected");
        }
        return characters[at++];
    }

    boolean take(int c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    boolean looksAt(String expected) {
        for (int i = 0; i < expected.length(); i++) {
            if (at + i >= characters.length || characters[at + i] != expected.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    boolean takeAny(String... anchors) {
        for (String anchor : anchors) {
            if (looksAt(anchor)) {
                at += anchor.length();
                return true;
            }
        }
        return false;
    }

    /** -1 if there is none. */
    int number() {
        long number = -1;
        while (peek() >= '0' && peek() <= '9') {
            number = Math.min(Math.max(number, 0) * 10 + next() - '0', Integer.MAX_VALUE);
        }
        return (int) number;
    }

    int hex(int digits) {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            value = value * 16 + hexDigit();
        }
        return value;
    }

    /** Digits up to and with the brace that closes them. */
    int bracedHex() {
        int value = hexDigit();
        while (!take('}')) {
            value = Math.min(value * 16 + hexDigit(), Character.MAX_CODE_POINT + 1);
        }
        if (value > Character.MAX_CODE_POINT) {
            throw refused("a number that is no character's");
        }
        return value;
    }

    private int hexDigit() {
        int digit = Character.digit(next(), 16);
        if (digit < 0) {
            throw refused("something else than hexadecimal digits");
        }
        return digit;
    }

    String upTo(int end) {
        StringBuilder name = new StringBuilder();
        for (int c = next(); c != end; c = next()) {
            name.appendCodePoint(c);
        }
        return name.toString();
    }

    ConstraintException refused(String found) {
        return new ConstraintException("Expected a regular expression of literals, classes, groups, alternatives and quantifiers, found " + found + ", at character " + at + " of " + shortened() + ".");
    }

    private String shortened() {
        return characters.length <= 80 ? "'" + pattern + "'" : "a pattern of " + characters.length + " characters";
    }
}
