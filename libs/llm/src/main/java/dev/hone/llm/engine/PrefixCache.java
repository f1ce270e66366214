package dev.hone.llm.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds blocks by what they hold: full blocks only, each with the chain of blocks before it. Tokens are compared, a hash
 * never decides. Confined to the engine's thread.
 */
final class PrefixCache {
    /** Where chains begin: keys and values depend on the adapter, and a caller's key keeps tenants apart. */
    record Scope(Object adapterOrNull, String prefixKey) {}

    /** A block whose content is known; the next link of chains that go through it. */
    static final class Kept {
        private final Link link;
        private final Scope scope;
        private final int block;

        private Kept(Link link, Scope scope, int block) {
            this.link = link;
            this.scope = scope;
            this.block = block;
        }

        int block() {
            return block;
        }

        Scope scope() {
            return scope;
        }
    }

    /** What precedes a block (a scope, or the block before it, the very same one) and its own tokens. */
    static final class Link {
        private final Object before;
        private final int[] tokens;
        private final int hash;

        Link(Object before, int[] sequence, int from, int to) {
            this.before = before;
            this.tokens = Arrays.copyOfRange(sequence, from, to);
            this.hash = 31 * before.hashCode() + Arrays.hashCode(tokens);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Link link && before.equals(link.before) && Arrays.equals(tokens, link.tokens);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final Map<Link, Kept> blocks = new HashMap<>();

    /** The block with this content, or null. */
    Kept find(Link link) {
        return blocks.get(link);
    }

    Kept keep(Link link, Scope scope, int block) {
        Kept kept = new Kept(link, scope, block);
        blocks.put(link, kept);
        return kept;
    }

    void forget(Kept kept) {
        blocks.remove(kept.link, kept);
    }
}
