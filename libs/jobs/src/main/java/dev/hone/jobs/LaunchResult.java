package dev.hone.jobs;

/** What became of a request to launch. Both are success: the job exists. */
public enum LaunchResult {
    LAUNCHED,
    ALREADY_EXISTS
}
