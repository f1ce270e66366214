package dev.hone.llm.constrain;

import java.lang.Character.UnicodeScript;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The named sets of regular expressions. {@code \d \w \s} are ASCII, as in java.util.regex without flags. */
final class CharacterClasses {
    static final CodePoints DIGIT = CodePoints.of('0', '9');
    static final CodePoints WORD = DIGIT.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of("_"));
    static final CodePoints SPACE = CodePoints.of(" \t\n\u000B\f\r");
    /** What the dot is: all but line ends, those of Java and of ECMAScript. */
    static final CodePoints DOT = CodePoints.of("\n\r\u0085\u2028\u2029").complement();

    /** Names of {@link Character#getType}'s values, by their value. */
    private static final String[] CATEGORIES = {"Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "", "Zs", "Zl", "Zp", "Cc", "Cf", "", "Co", "Cs",
        "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf"};
    private static final Map<String, Optional<CodePoints>> PROPERTIES = new ConcurrentHashMap<>();

    private CharacterClasses() {}

    /** A general category such as L or Lu, or a script such as IsHan, Script=Han or sc=Han. */
    static Optional<CodePoints> property(String name) {
        Optional<CodePoints> known = PROPERTIES.get(name);
        if (known != null) {
            return known;
        }
        Optional<CodePoints> found = category(name).or(() -> script(name));
        found.ifPresent(set -> PROPERTIES.put(name, found));
        return found;
    }

    private static Optional<CodePoints> category(String name) {
        String plain = name.startsWith("Is") && name.length() <= 4 ? name.substring(2) : name;
        boolean any = !plain.isEmpty() && plain.length() <= 2 && java.util.Arrays.stream(CATEGORIES).anyMatch(c -> c.startsWith(plain));
        return any ? Optional.of(CodePoints.where(c -> CATEGORIES[Character.getType(c)].startsWith(plain))) : Optional.empty();
    }

    private static Optional<CodePoints> script(String name) {
        String plain = name.replaceFirst("^(Is|Script=|sc=)", "");
        try {
            UnicodeScript script = UnicodeScript.forName(plain);
            return plain.equals(name) ? Optional.empty() : Optional.of(CodePoints.where(c -> UnicodeScript.of(c) == script));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
