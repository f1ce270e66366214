package dev.hone.llm.constrain;

import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** JSON Schema's string formats as expressions that hold only what every validator takes: days that exist, no leap seconds. */
final class StringFormats {
    private static final String DATE = "(\\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\\d|3[01])|(0[469]|11)-(0[1-9]|[12]\\d|30)|02-(0[1-9]|1\\d|2[0-8]))"
            + "|(\\d\\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
    private static final String TIME = "([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|[+-](0\\d|1[0-7]):[0-5]\\d)";
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?";
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Map<String, String> PATTERNS = Map.of(
            "date", DATE,
            "time", TIME,
            "date-time", DATE + "T" + TIME,
            "uuid", "[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
            "email", "[A-Za-z0-9_+-]{1,20}(\\.[A-Za-z0-9_+-]{1,20}){0,2}@(" + LABEL + "\\.){1,3}[A-Za-z]{2,10}",
            "ipv4", BYTE + "(\\." + BYTE + "){3}");

    private StringFormats() {}

    static Optional<Expression> language(String format) {
        return Optional.ofNullable(PATTERNS.get(format)).map(Regex::whole);
    }

    static String names() {
        return String.join(", ", new TreeSet<>(PATTERNS.keySet()));
    }
}
