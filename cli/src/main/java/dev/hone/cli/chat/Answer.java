package dev.hone.cli.chat;

import dev.hone.v1.FinishReason;
import dev.hone.v1.Usage;
import java.time.Duration;

/**
 * A whole answer.
 *
 * @param id       what feedback refers to
 * @param revision what answered
 */
public record Answer(String id, String text, String revision, FinishReason finish, Usage usage, Duration took) {}
