package dev.hone.cli.recipe;

/**
 * A key of another tool's recipe that is not among the settings of ours.
 *
 * @param key as the file has it: {@code datasets[0].shards}
 * @param value as the file has it, shortened
 * @param what what the key would have done, or why it is not needed, as a clause: "would have split the rows in shards"
 */
public record Note(Kind kind, String key, String value, String what) {
    /** Whether the run differs from the one that was asked for. */
    public enum Kind {
        /** Would have done something that is not done here. */
        NOT_SUPPORTED("not supported"),
        /** Happens here anyway, says what holds anyway, or has nothing to act on. */
        NOT_NEEDED("not needed here"),
        /** Belongs to no list of the tool's keys that is known here. */
        UNKNOWN("unknown key");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /** Whether the run differs, or may differ, from the one that the file asked for. */
    public boolean changes() {
        return kind != Kind.NOT_NEEDED;
    }

    /** {@code relora_steps: 100 (not supported): would have …}. */
    public String sentence() {
        return key + ": " + value + " (" + kind.words + "): " + what;
    }
}
