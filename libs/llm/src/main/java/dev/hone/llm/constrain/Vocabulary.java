package dev.hone.llm.constrain;

import dev.hone.llm.text.TokenBytes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A tokenizer's tokens as a trie over their bytes, nodes in the order of a walk: node i's children lie behind it, and
 * {@code behind[i]} is the first node that is none of its descendants. Thread-safe.
 */
final class Vocabulary {
    /** What the masks of all constraints over this vocabulary may take together. */
    private static final long MASK_BYTES = 64L << 20;

    private final TokenBytes bytes;
    private final int[] ends;
    private final byte[] label;
    private final short[] depth;
    private final int[] behind;
    /** Tokens whose bytes end at node i: {@code tokens[firstToken[i]]} up to {@code firstToken[i + 1]}. */
    private final int[] firstToken;
    private final int[] tokens;
    private final int deepest;
    private final Map<Object, BitSet> masks = new LinkedHashMap<>(64, 0.75f, true);

    Vocabulary(TokenBytes bytes, Set<Integer> ends) {
        this.bytes = bytes;
        this.ends = ends.stream().mapToInt(Integer::intValue).sorted().toArray();
        Comparator<Integer> order = (a, b) -> Arrays.compareUnsigned(bytes.of(a), bytes.of(b));
        tokens = IntStream.range(0, bytes.size()).filter(id -> bytes.of(id).length > 0).boxed().sorted(order.thenComparing(Comparator.naturalOrder())).mapToInt(Integer::intValue).toArray();
        int nodes = 0;
        byte[] last = {};
        for (int token : tokens) {
            nodes += bytes.of(token).length - common(last, bytes.of(token));
            last = bytes.of(token);
        }
        label = new byte[nodes];
        depth = new short[nodes];
        behind = new int[nodes];
        firstToken = new int[nodes + 1];
        deepest = Arrays.stream(tokens).map(id -> bytes.of(id).length).max().orElse(0);
        fill();
    }

    private static int common(byte[] a, byte[] b) {
        int mismatch = Arrays.mismatch(a, b);
        return mismatch < 0 ? a.length : mismatch;
    }

    private void fill() {
        int[] path = new int[deepest + 1];
        byte[] last = {};
        int node = 0;
        for (int t = 0; t < tokens.length; t++) {
            byte[] token = bytes.of(tokens[t]);
            int common = common(last, token);
            for (int d = common; d < last.length && d < path.length; d++) {
                behind[path[d]] = node;
            }
            for (int d = common; d < token.length; d++) {
                label[node] = token[d];
                depth[node] = (short) d;
                path[d] = node;
                firstToken[node] = t;
                node++;
            }
            firstToken[node] = t + 1;
            last = token;
        }
        for (int d = 0; d < last.length; d++) {
            behind[path[d]] = node;
        }
    }

    int size() {
        return bytes.size();
    }

    byte[] bytes(int token) {
        return token >= 0 && token < bytes.size() ? bytes.of(token) : new byte[0];
    }

    boolean isEnd(int token) {
        return Arrays.binarySearch(ends, token) >= 0;
    }

    int[] ends() {
        return ends;
    }

    boolean dropsFirstSpace() {
        return bytes.dropsFirstSpace();
    }

    /**
     * The tokens whose bytes may follow, end tokens not among them; shared, not to be changed.
     *
     * @param first whether the answer begins here, which matters where its first space is dropped
     */
    BitSet mask(Automaton automaton, Place place, boolean first) {
        Object key = first ? new First(place) : place;
        synchronized (masks) {
            BitSet known = masks.get(key);
            if (known != null) {
                return known;
            }
        }
        BitSet mask = first ? firstMask(automaton, place) : walked(automaton, place);
        synchronized (masks) {
            masks.put(key, mask);
            while (masks.size() > Math.max(16, MASK_BYTES / (size() / Byte.SIZE + 64))) {
                masks.remove(masks.keySet().iterator().next());
            }
        }
        return mask;
    }

    private record First(Place place) {}

    private BitSet walked(Automaton automaton, Place from) {
        BitSet allowed = new BitSet(size());
        Place[] at = new Place[deepest + 1];
        at[0] = from;
        for (int node = 0; node < label.length; ) {
            int d = depth[node];
            Place next = automaton.next(at[d], label[node] & 0xFF);
            if (next == Place.NOWHERE) {
                node = behind[node];
            } else {
                at[d + 1] = next;
                for (int t = firstToken[node]; t < firstToken[node + 1]; t++) {
                    allowed.set(tokens[t]);
                }
                node++;
            }
        }
        return allowed;
    }

    /** Token by token, since it is needed once for a constraint. Tokens that hold another space are left out: decoders differ on it. */
    private BitSet firstMask(Automaton automaton, Place from) {
        BitSet allowed = new BitSet(size());
        for (int token : tokens) {
            byte[] text = firstBytes(token);
            Place at = text.length == 0 ? Place.NOWHERE : from;
            for (int i = 0; i < text.length && at != Place.NOWHERE; i++) {
                at = text[i] == ' ' ? Place.NOWHERE : automaton.next(at, text[i] & 0xFF);
            }
            allowed.set(token, at != Place.NOWHERE);
        }
        return allowed;
    }

    /** What the token adds to a text that it begins. */
    byte[] firstBytes(int token) {
        byte[] whole = bytes(token);
        return dropsFirstSpace() && whole.length > 0 && whole[0] == ' ' ? Arrays.copyOfRange(whole, 1, whole.length) : whole;
    }
}
