package dev.hone.jobs;

/** Hears of jobs that cannot speak for themselves. */
@FunctionalInterface
public interface JobFailureListener {

    /**
     * A job ended without being able to say so itself. Returning means that the world knows; when this throws, the launcher
     * says it again later. It may be said more than once.
     *
     * @param event the event the job was launched with
     * @param failure code and sentence; never a user error
     */
    void lost(String jobName, String event, JobFailure failure);

    /**
     * A job does not run yet, or not any more, and not by its own fault; nothing is lost.
     *
     * @param why a sentence: what it waits for
     */
    default void waits(String jobName, String event, String why) {}
}
