package dev.hone.serving.answer;

/** What an answer's text must be. */
public sealed interface Format {
    /** Anything. */
    record Free() implements Format {}

    /** Any JSON object. */
    record Json() implements Format {}

    /** JSON that a schema describes. @param schema as JSON text */
    record JsonSchema(String schema) implements Format {}

    /** Text that a regular expression matches as a whole. */
    record Regex(String pattern) implements Format {}

    Format FREE = new Free();
}
