package dev.hone.jobs;

/** Hears of jobs that ended without being able to say so themselves. */
@FunctionalInterface
public interface JobFailureListener {

    /**
     * @param event the event the job was launched with
     * @param failure code and sentence; never a user error
     */
    void lost(String jobName, String event, JobFailure failure);
}
