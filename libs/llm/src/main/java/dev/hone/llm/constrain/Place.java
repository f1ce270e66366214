package dev.hone.llm.constrain;

import java.util.Set;

/** A state of the automaton: every node where reading may stand, each with what it returns to. */
final class Place {
    /** Where a byte leads that no text of the language has here. */
    static final Place NOWHERE = new Place(Set.of(), false, 0);

    /** Returns to come. Equal ones mean the same, whoever made them. */
    static final class Stack {
        private final int node;
        private final Stack below;
        private final int hash;

        /** @param below null at the bottom */
        Stack(int node, Stack below) {
            this.node = node;
            this.below = below;
            hash = 31 * (below == null ? 7 : below.hash) + node;
        }

        int node() {
            return node;
        }

        Stack below() {
            return below;
        }

        @Override
        public boolean equals(Object other) {
            Stack a = this;
            Stack b = other instanceof Stack that ? that : null;
            while (a != b) {
                if (a == null || b == null || a.hash != b.hash || a.node != b.node) {
                    return false;
                }
                a = a.below;
                b = b.below;
            }
            return true;
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    /** @param stack null at the bottom */
    record Reading(int node, Stack stack) {
        @Override
        public int hashCode() {
            return 31 * node + (stack == null ? 0 : stack.hash);
        }
    }

    private final Set<Reading> readings;
    private final boolean mayEnd;
    /** By byte class, null where not yet known. Threads may both find one; they find the same. */
    private final Place[] next;

    Place(Set<Reading> readings, boolean mayEnd, int classes) {
        this.readings = readings;
        this.mayEnd = mayEnd;
        next = new Place[classes];
    }

    Set<Reading> readings() {
        return readings;
    }

    boolean mayEnd() {
        return mayEnd;
    }

    Place known(int byteClass) {
        return next[byteClass];
    }

    void learn(int byteClass, Place place) {
        next[byteClass] = place;
    }
}
