package dev.hone.cli.chaos.fault;

import java.time.Duration;
import java.time.Instant;

/**
 * A fault as it came to pass.
 *
 * @param kind   what it was in the end: where no Job is at work, a service is hit in its place
 * @param at     when
 * @param since  the first submission
 * @param target what was hit, or why nothing was
 * @param kill   whether a process was killed by it
 */
public record Done(Fault fault, FaultKind kind, Instant at, Duration since, String target, boolean kill) {}
