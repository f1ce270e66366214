package dev.hone.cli.chaos.fault;

import java.time.Duration;
import java.time.Instant;

/**
 * A fault as it came to pass.
 *
 * @param at     when
 * @param since  the first submission
 * @param target what was hit, or why nothing was
 * @param kill   whether a process was killed by it
 */
public record Done(Fault fault, Instant at, Duration since, String target, boolean kill) {}
