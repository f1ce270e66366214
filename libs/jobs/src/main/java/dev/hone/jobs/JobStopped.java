package dev.hone.jobs;

/** The job ended early and wants to be started again: it was told to stop, or something it needs is away. */
public final class JobStopped extends Exception {

    public JobStopped(String message, Throwable cause) {
        super(message, cause);
    }
}
