package dev.hone.jobs;

/** What a job's exit code asks of whoever launched it. 64, 70 and 75 are those of BSD's {@code sysexits.h}. */
public final class JobExitCodes {

    /** The result's manifest is written and its event is out. */
    public static final int DONE = 0;
    /** EX_USAGE: the same request would fail again. The job has told so itself; do not restart it. */
    public static final int USER_ERROR = 64;
    /** EX_SOFTWARE: a bug or a broken machine. The job has told so itself; do not restart it. */
    public static final int INTERNAL_ERROR = 70;
    /** EX_TEMPFAIL: stopped at a checkpoint, or something it needs is away. Start it again. */
    public static final int RESTART = 75;

    private JobExitCodes() {}

    /** Whether the job has ended for good and nobody needs to say so in its place. */
    static boolean isFinal(int code) {
        return code == DONE || code == USER_ERROR || code == INTERNAL_ERROR;
    }
}
