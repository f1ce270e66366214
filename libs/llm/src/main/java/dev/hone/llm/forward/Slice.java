package dev.hone.llm.forward;

import java.util.Optional;

/**
 * Some next tokens of one sequence in a step.
 *
 * @param tokens to be read, at least one
 * @param position of the first of them in the sequence; what came before is in the blocks
 * @param blocks ids of the sequence's blocks, enough for {@code position + tokens.length} tokens
 * @param logitsFrom index in {@code tokens} from which next-token logits are wanted; {@code tokens.length} for none
 * @param hidden whether the final hidden state of every token is wanted too
 */
public record Slice(int[] tokens, int position, int[] blocks, Optional<Adapter> adapter, int logitsFrom, boolean hidden) {
    public Slice {
        if (tokens.length == 0 || position < 0 || logitsFrom < 0 || logitsFrom > tokens.length) {
            throw new IllegalArgumentException("Expected at least one token at a position of 0 or more, and logits from one of them on; found " + tokens.length + ", " + position + " and " + logitsFrom + ".");
        }
        if ((position + tokens.length + KvBlocks.TOKENS - 1) / KvBlocks.TOKENS > blocks.length) {
            throw new IllegalArgumentException("Expected blocks for " + (position + tokens.length) + " tokens, found " + blocks.length + " of " + KvBlocks.TOKENS + ".");
        }
    }
}
