package dev.hone.cli.chaos.fault;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** All faults of a run, from its seed alone: the same seed is the same schedule, on every machine. */
public record Schedule(List<Fault> faults) {
    /** Shares of kills, in percent: most hit what works. */
    private static final Map<FaultKind, Integer> KILLS = shares(Map.of(FaultKind.KILL_JOB, 42, FaultKind.KILL_SERVICE, 38, FaultKind.KILL_BROKER, 10, FaultKind.KILL_STORE, 10));
    private static final Map<FaultKind, Integer> OTHERS = shares(Map.ofEntries(Map.entry(FaultKind.PAUSE, 16), Map.entry(FaultKind.GARBAGE, 18), Map.entry(FaultKind.CUT, 11),
            Map.entry(FaultKind.REPEAT, 9), Map.entry(FaultKind.END_JOB, 9), Map.entry(FaultKind.END_SERVICE, 9), Map.entry(FaultKind.FULL_STORE, 8), Map.entry(FaultKind.STALL, 6),
            Map.entry(FaultKind.DELAY, 5), Map.entry(FaultKind.REPEAT_BARE, 6), Map.entry(FaultKind.REORDER, 7)));
    /** Between two kills there is another fault this often. */
    private static final double OTHERS_PER_KILL = 0.7;
    private static final double SHORTEST_GAP = 0.2;
    private static final double LONGEST_GAP = 1.8;

    public Schedule {
        faults = List.copyOf(faults);
    }

    private static Map<FaultKind, Integer> shares(Map<FaultKind, Integer> shares) {
        return new TreeMap<>(shares);
    }

    /**
     * @param kills how many of the faults are kill -9
     * @param span  from the first fault to the last
     */
    public static Schedule of(long seed, int kills, Duration span) {
        SplittableRandom random = new SplittableRandom(seed);
        List<FaultKind> kinds = kinds(random, kills);
        double[] gaps = kinds.stream().mapToDouble(kind -> random.nextDouble(SHORTEST_GAP, LONGEST_GAP)).toArray();
        double all = java.util.Arrays.stream(gaps).sum();
        List<Fault> faults = new ArrayList<>();
        double passed = 0;
        for (int i = 0; i < gaps.length; i++) {
            passed += gaps[i];
            faults.add(new Fault(i + 1, kinds.get(i), Duration.ofMillis(Math.round(span.toMillis() * passed / all)), random.nextInt(Integer.MAX_VALUE), length(random, kinds.get(i))));
        }
        return new Schedule(faults);
    }

    private static List<FaultKind> kinds(SplittableRandom random, int kills) {
        List<FaultKind> kinds = new ArrayList<>();
        for (int i = 0; i < kills; i++) {
            if (random.nextDouble() < OTHERS_PER_KILL) {
                kinds.add(drawn(random, OTHERS));
            }
            kinds.add(drawn(random, KILLS));
        }
        return kinds;
    }

    private static FaultKind drawn(SplittableRandom random, Map<FaultKind, Integer> shares) {
        int left = random.nextInt(shares.values().stream().mapToInt(Integer::intValue).sum());
        for (Map.Entry<FaultKind, Integer> share : shares.entrySet()) {
            left -= share.getValue();
            if (left < 0) {
                return share.getKey();
            }
        }
        throw new IllegalStateException("the shares add up");
    }

    /** Long enough to be noticed; every sixth long enough for sessions and leases to end. */
    private static Duration length(SplittableRandom random, FaultKind kind) {
        int seconds = random.nextInt(1, 9);
        boolean patient = random.nextInt(6) == 0;
        return switch (kind) {
            case PAUSE -> Duration.ofSeconds(patient ? 50 : seconds);
            case FULL_STORE, CUT, STALL, DELAY -> Duration.ofSeconds(patient ? 20 : seconds);
            default -> Duration.ZERO;
        };
    }

    /** How many of each kind. */
    public Map<FaultKind, Long> counts() {
        Map<FaultKind, Long> counts = new TreeMap<>();
        faults.forEach(fault -> counts.merge(fault.kind(), 1L, Long::sum));
        return counts;
    }
}
