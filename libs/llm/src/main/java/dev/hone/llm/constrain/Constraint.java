package dev.hone.llm.constrain;

import java.util.BitSet;

/** A language that answers must be in, over one tokenizer's tokens. Immutable and shared; {@link #start} begins an answer. */
public interface Constraint {
    /** A place in an answer. Not thread-safe. */
    interface State {
        /** The tokens that may come next: end tokens among them where the text may end here. Valid until {@link #accept}. */
        BitSet allowed();

        /** @throws IllegalArgumentException if the token was not allowed */
        void accept(int token);

        /** Whether nothing but the end may follow. */
        boolean complete();
    }

    State start();
}
