package dev.hone.cli.chaos.check;

import java.time.Instant;
import java.util.Optional;

/**
 * Something that must not be.
 *
 * @param check   the name of what was looked at
 * @param subject whose it is: an id, a key, a place on a topic
 * @param message what was expected, what was found
 * @param at      when, where that is known
 */
public record Violation(String check, String subject, String message, Optional<Instant> at) {}
