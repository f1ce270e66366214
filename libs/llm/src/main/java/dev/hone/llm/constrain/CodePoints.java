package dev.hone.llm.constrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/** A set of Unicode characters, surrogates never among them: sorted ranges (first, last), apart by at least one. */
final class CodePoints {
    static final CodePoints NONE = new CodePoints(new int[0]);
    static final CodePoints ALL = of(0, Character.MAX_CODE_POINT);

    private final int[] ranges;

    private CodePoints(int[] ranges) {
        this.ranges = ranges;
    }

    static CodePoints of(int first, int last) {
        return normal(List.of(new int[] {first, last}));
    }

    static CodePoints of(String characters) {
        return normal(characters.codePoints().mapToObj(c -> new int[] {c, c}).toList());
    }

    static CodePoints where(IntPredicate test) {
        List<int[]> found = new ArrayList<>();
        for (int c = 0, first = -1; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean in = c <= Character.MAX_CODE_POINT && test.test(c);
            if (in && first < 0) {
                first = c;
            } else if (!in && first >= 0) {
                found.add(new int[] {first, c - 1});
                first = -1;
            }
        }
        return normal(found);
    }

    private static CodePoints normal(List<int[]> ranges) {
        List<int[]> sorted = new ArrayList<>();
        for (int[] range : ranges) {
            split(range, sorted);
        }
        sorted.sort((a, b) -> Integer.compare(a[0], b[0]));
        List<int[]> joined = new ArrayList<>();
        for (int[] range : sorted) {
            if (!joined.isEmpty() && range[0] <= joined.getLast()[1] + 1) {
                joined.getLast()[1] = Math.max(joined.getLast()[1], range[1]);
            } else {
                joined.add(range.clone());
            }
        }
        return new CodePoints(joined.stream().flatMapToInt(Arrays::stream).toArray());
    }

    private static void split(int[] range, List<int[]> parts) {
        int[] below = {range[0], Math.min(range[1], Character.MIN_SURROGATE - 1)};
        int[] above = {Math.max(range[0], Character.MAX_SURROGATE + 1), range[1]};
        for (int[] part : List.of(below, above)) {
            if (part[0] <= part[1]) {
                parts.add(part);
            }
        }
    }

    CodePoints or(CodePoints other) {
        List<int[]> both = list();
        both.addAll(other.list());
        return normal(both);
    }

    CodePoints complement() {
        List<int[]> gaps = new ArrayList<>();
        int next = 0;
        for (int[] range : list()) {
            if (next < range[0]) {
                gaps.add(new int[] {next, range[0] - 1});
            }
            next = range[1] + 1;
        }
        if (next <= Character.MAX_CODE_POINT) {
            gaps.add(new int[] {next, Character.MAX_CODE_POINT});
        }
        return normal(gaps);
    }

    CodePoints and(CodePoints other) {
        return complement().or(other.complement()).complement();
    }

    CodePoints minus(CodePoints other) {
        return and(other.complement());
    }

    boolean isEmpty() {
        return ranges.length == 0;
    }

    boolean contains(int c) {
        return list().stream().anyMatch(range -> range[0] <= c && c <= range[1]);
    }

    /** Pairs of first and last, in order. */
    List<int[]> list() {
        List<int[]> list = new ArrayList<>();
        for (int i = 0; i < ranges.length; i += 2) {
            list.add(new int[] {ranges[i], ranges[i + 1]});
        }
        return list;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CodePoints that && Arrays.equals(ranges, that.ranges);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ranges);
    }
}
