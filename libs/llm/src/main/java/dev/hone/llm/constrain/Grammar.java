package dev.hone.llm.constrain;

import java.util.BitSet;

/**
 * A recursive transition network over bytes. Node n has byte edges (lowest, highest, target), empty edges (target) and
 * calls (first node of the rule, node to return to); it may end its rule. Edges that lead to no end are left out.
 */
final class Grammar {
    private final int[][] bytes;
    private final int[][] empties;
    private final int[][] calls;
    private final BitSet ends;
    private final int start;

    Grammar(int[][] bytes, int[][] empties, int[][] calls, BitSet ends, int start) {
        this.bytes = bytes;
        this.empties = empties;
        this.calls = calls;
        this.ends = ends;
        this.start = start;
    }

    int start() {
        return start;
    }

    int size() {
        return bytes.length;
    }

    int[] bytes(int node) {
        return bytes[node];
    }

    int[] empties(int node) {
        return empties[node];
    }

    int[] calls(int node) {
        return calls[node];
    }

    boolean ends(int node) {
        return ends.get(node);
    }

    /** For each byte the number of its class: bytes of a class are on no edge without each other. */
    int[] byteClasses() {
        BitSet first = new BitSet();
        for (int[] edges : bytes) {
            for (int i = 0; i < edges.length; i += 3) {
                first.set(edges[i]);
                first.set(edges[i + 1] + 1);
            }
        }
        int[] classes = new int[256];
        for (int b = 1; b < classes.length; b++) {
            classes[b] = classes[b - 1] + (first.get(b) ? 1 : 0);
        }
        return classes;
    }
}
