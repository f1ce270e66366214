package dev.hone.ingest.check;

import dev.hone.llm.text.ChatTokenizer;
import java.util.Objects;
import java.util.Set;

/**
 * What checking needs of a base model; its weights are none of it.
 *
 * @param maxTokens     the longest row it can take in
 * @param specialTokens their names as they would stand in a text
 */
public record BaseModel(String name, ChatTokenizer tokenizer, int maxTokens, Set<String> specialTokens) {
    public BaseModel {
        Objects.requireNonNull(tokenizer, "tokenizer");
        specialTokens = Set.copyOf(specialTokens);
        if (maxTokens < 1) {
            throw new IllegalArgumentException("expected a context of at least one token, found " + maxTokens);
        }
    }

    /** The same, for rows of at most {@code tokens}. */
    public BaseModel limitedTo(int tokens) {
        return new BaseModel(name, tokenizer, Math.min(maxTokens, tokens), specialTokens);
    }
}
