package dev.hone.jobs;

import java.io.IOException;

/** Sees to it that a job runs to its end. */
public interface JobLauncher extends AutoCloseable {

    /**
     * Returns as soon as the request is safe: from then on the job runs, also after a crash of this service.
     *
     * @throws IOException when it could not be made safe (a full disk, an unreachable cluster); trying again may help
     * @throws JobFailure when nothing can run this, now or later
     */
    LaunchResult launch(JobSpec spec) throws IOException, JobFailure;

    /** Jobs of one machine are asked to checkpoint and waited for; jobs of a cluster run on. */
    @Override
    void close();
}
