package dev.hone.llm.generate;

import java.util.Objects;

/**
 * A finished answer.
 *
 * @param text             all of it: the pieces handed out while it was made, joined
 * @param promptTokens     tokens read
 * @param completionTokens tokens made, a closing end token and those of a cut-off stop string included
 */
public record Completion(String text, FinishReason finish, int promptTokens, int completionTokens) {
    public Completion {
        Objects.requireNonNull(text, "text");
        Objects.requireNonNull(finish, "finish");
    }
}
