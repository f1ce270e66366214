/**
 * A unit of heavy work: a process of its own, so that what kills a run does not kill the service that asked for it.
 *
 * <p>The boundary hides where the process lives. On one machine it is a child process that this package supervises; on a
 * cluster it is a Kubernetes Job. Both get the same event, the same main class and the same exit codes. Nothing here knows
 * what the work is.
 */
package dev.hone.jobs;
