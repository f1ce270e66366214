package dev.hone.cli.load;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What happened to all requests. Thread-safe. */
final class Tally {
    private static final int FAULTS_KEPT = 20;

    private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
    private final Map<String, Long> answersBy = new TreeMap<>();
    private final Map<String, Long> firstBy = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();
    private double[] firstToken = new double[1024];
    private double[] whole = new double[1024];
    private int firsts;
    private int wholes;
    private long tokens;

    synchronized void count(Outcome outcome) {
        outcomes.merge(outcome, 1L, Long::sum);
    }

    synchronized void fault(Outcome outcome, String what) {
        count(outcome);
        if (faults.size() < FAULTS_KEPT) {
            faults.add(outcome.words() + ": " + what);
        }
    }

    synchronized void began(String revision, double seconds) {
        firstBy.putIfAbsent(revision, System.nanoTime());
        firstToken = room(firstToken, firsts);
        firstToken[firsts++] = seconds;
    }

    synchronized void answered(String revision, double seconds, int completionTokens) {
        count(Outcome.ANSWERED);
        answersBy.merge(revision, 1L, Long::sum);
        tokens += completionTokens;
        whole = room(whole, wholes);
        whole[wholes++] = seconds;
    }

    private static double[] room(double[] values, int used) {
        return used < values.length ? values : Arrays.copyOf(values, used * 2);
    }

    synchronized Map<Outcome, Long> outcomes() {
        return new EnumMap<>(outcomes);
    }

    synchronized Map<String, Long> answersBy() {
        return new TreeMap<>(answersBy);
    }

    /** When the revision was first heard of, by {@link System#nanoTime}; absent if never. */
    synchronized Map<String, Long> firstBy() {
        return new TreeMap<>(firstBy);
    }

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    synchronized long tokens() {
        return tokens;
    }

    synchronized long requests() {
        return outcomes.values().stream().mapToLong(Long::longValue).sum();
    }

    synchronized double[] firstToken(double... shares) {
        return quantiles(Arrays.copyOf(firstToken, firsts), shares);
    }

    synchronized double[] whole(double... shares) {
        return quantiles(Arrays.copyOf(whole, wholes), shares);
    }

    /** NaN where there is nothing. */
    static double[] quantiles(double[] values, double... shares) {
        Arrays.sort(values);
        return Arrays.stream(shares).map(share -> values.length == 0 ? Double.NaN : values[(int) Math.min(values.length - 1, Math.floor(share * values.length))]).toArray();
    }
}
