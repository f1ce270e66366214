package dev.hone.jobs;

import java.util.Objects;

/** The work cannot be done, now or later. */
public final class JobFailure extends Exception {

    private final String code;
    private final boolean userError;

    /**
     * @param code a stable word: {@code unknown_base_model}
     * @param message a sentence: what was expected, what was found, what to do
     * @param userError the same request would fail again, and its sender can change that
     */
    public JobFailure(String code, String message, boolean userError, Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code);
        this.userError = userError;
    }

    public static JobFailure userError(String code, String message) {
        return new JobFailure(code, message, true, null);
    }

    static JobFailure of(Throwable bug) {
        if (bug instanceof JobFailure known) {
            return known;
        }
        String code = bug instanceof OutOfMemoryError ? "out_of_memory" : "internal_error";
        return new JobFailure(code, "Expected the job to finish, found " + bug + ". The job's log has the details.", false, bug);
    }

    public String code() {
        return code;
    }

    public boolean userError() {
        return userError;
    }

    int exitCode() {
        return userError ? JobExitCodes.USER_ERROR : JobExitCodes.INTERNAL_ERROR;
    }
}
