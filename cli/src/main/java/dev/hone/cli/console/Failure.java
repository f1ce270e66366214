package dev.hone.cli.console;

/** Ends a command: the sentence goes to standard error, the code to the shell. */
public final class Failure extends RuntimeException {
    /** Something did not work. */
    public static final int FAILED = 1;
    /** The command was called wrongly; picocli uses the same. */
    public static final int USAGE = 2;
    /** The gate refused the model. */
    public static final int REJECTED = 3;

    private final int exitCode;

    /** @param sentence what was expected, what was found, what to do */
    public Failure(String sentence) {
        this(FAILED, sentence, null);
    }

    public Failure(String sentence, Throwable cause) {
        this(FAILED, sentence, cause);
    }

    public Failure(int exitCode, String sentence) {
        this(exitCode, sentence, null);
    }

    private Failure(int exitCode, String sentence, Throwable cause) {
        super(sentence, cause);
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
