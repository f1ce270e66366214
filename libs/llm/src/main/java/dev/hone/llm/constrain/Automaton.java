package dev.hone.llm.constrain;

import dev.hone.llm.constrain.Place.Reading;
import dev.hone.llm.constrain.Place.Stack;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A grammar made deterministic as far as texts come to need it. Thread-safe. Known places are forgotten when there are too
 * many; answers under way go on from theirs.
 */
final class Automaton {
    private static final int MAX_KNOWN = 4096;
    /** A pattern that may be in more places at once than this takes too long at each byte. */
    static final int MAX_READINGS = 2000;

    private final Grammar grammar;
    private final int[] classOf;
    private final int[] byteOf;
    private final Map<Key, Place> known = new ConcurrentHashMap<>();
    private final Place start;

    private record Key(Set<Reading> readings, boolean mayEnd) {}

    Automaton(Grammar grammar) {
        this.grammar = grammar;
        classOf = grammar.byteClasses();
        byteOf = new int[classOf[255] + 1];
        for (int b = 255; b >= 0; b--) {
            byteOf[classOf[b]] = b;
        }
        start = place(Set.of(new Reading(grammar.start(), null)));
    }

    Place start() {
        return start;
    }

    /** @param b of 0 to 255 */
    Place next(Place from, int b) {
        if (from == Place.NOWHERE) {
            return from;
        }
        int byteClass = classOf[b];
        Place next = from.known(byteClass);
        if (next == null) {
            next = place(reached(from, byteOf[byteClass]));
            from.learn(byteClass, next);
        }
        return next;
    }

    private Set<Reading> reached(Place from, int b) {
        Set<Reading> reached = new HashSet<>();
        for (Reading reading : from.readings()) {
            int[] edges = grammar.bytes(reading.node());
            for (int i = 0; i < edges.length; i += 3) {
                if (edges[i] <= b && b <= edges[i + 1]) {
                    reached.add(new Reading(edges[i + 2], reading.stack()));
                }
            }
        }
        return reached;
    }

    private Place place(Set<Reading> from) {
        if (from.isEmpty()) {
            return Place.NOWHERE;
        }
        Set<Reading> seen = new HashSet<>(from);
        Set<Reading> readings = new HashSet<>();
        Deque<Reading> open = new ArrayDeque<>(from);
        boolean mayEnd = false;
        while (!open.isEmpty()) {
            Reading reading = open.pop();
            if (grammar.bytes(reading.node()).length > 0) {
                readings.add(reading);
            }
            mayEnd |= grammar.ends(reading.node()) && reading.stack() == null;
            follow(reading, seen, open);
            if (seen.size() > MAX_READINGS) {
                throw new ConstraintException("Expected a pattern or schema whose texts can be read in few ways at once, found one with more than " + MAX_READINGS
                        + ". Counted repetitions within repetitions do this; make them smaller or leave their bounds out.");
            }
        }
        return kept(new Key(Set.copyOf(readings), mayEnd));
    }

    private void follow(Reading reading, Set<Reading> seen, Deque<Reading> open) {
        for (int target : grammar.empties(reading.node())) {
            visit(new Reading(target, reading.stack()), seen, open);
        }
        int[] calls = grammar.calls(reading.node());
        for (int i = 0; i < calls.length; i += 2) {
            visit(new Reading(calls[i], new Stack(calls[i + 1], reading.stack())), seen, open);
        }
        if (grammar.ends(reading.node()) && reading.stack() != null) {
            visit(new Reading(reading.stack().node(), reading.stack().below()), seen, open);
        }
    }

    private static void visit(Reading reading, Set<Reading> seen, Deque<Reading> open) {
        if (seen.add(reading)) {
            open.push(reading);
        }
    }

    private Place kept(Key key) {
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        return known.computeIfAbsent(key, k -> new Place(k.readings(), k.mayEnd(), byteOf.length));
    }

    /** Whether the text is in the language. */
    boolean accepts(byte[] text) {
        Place at = start;
        for (byte b : text) {
            at = next(at, b & 0xFF);
        }
        return at.mayEnd();
    }

    @Override
    public String toString() {
        return "automaton of " + grammar.size() + " nodes and " + Arrays.stream(classOf).distinct().count() + " classes of bytes";
    }
}
