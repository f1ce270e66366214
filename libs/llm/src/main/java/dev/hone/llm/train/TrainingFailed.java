package dev.hone.llm.train;

/** Training cannot go on, and running it again would not help. */
public final class TrainingFailed extends RuntimeException {
    private final String code;
    private final boolean userError;

    /**
     * @param code a stable word for programs: loss_diverged, no_rows, all_labels_masked, …
     * @param userError whether the sender of the recipe or data can mend it
     */
    public TrainingFailed(String code, String message, boolean userError) {
        super(message);
        this.code = code;
        this.userError = userError;
    }

    public String code() {
        return code;
    }

    public boolean userError() {
        return userError;
    }
}
