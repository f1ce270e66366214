package dev.hone.jobs;

/** The body of a job's {@code main}. */
public interface Job {

    /**
     * Does the work and publishes its result. Returning means done.
     *
     * @throws JobStopped to be started again later
     * @throws JobFailure when it cannot be done
     * @throws Exception anything else is a bug and ends the job as an internal error
     */
    void run(JobContext context) throws Exception;

    /**
     * Tells the world that the work failed, before the process ends. When this throws, the job is started again instead: a
     * failure that nobody hears of must not be final.
     */
    void tell(JobContext context, JobFailure failure) throws Exception;
}
