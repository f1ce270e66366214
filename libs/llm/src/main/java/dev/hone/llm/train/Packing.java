package dev.hone.llm.train;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Fills rows with examples, best fit decreasing (Johnson 1973): the longest example first, each into the fullest row that
 * has room for it. Which examples share a row changes no result, because each sees itself alone; it changes how much a
 * step holds.
 */
final class Packing {
    private Packing() {}

    /**
     * @param lengths tokens of each example
     * @param capacity tokens of a row; a longer example has one for itself
     * @return the examples of each row
     */
    static List<int[]> rows(int[] lengths, int capacity) {
        TreeMap<Integer, Deque<List<Integer>>> byRoom = new TreeMap<>();
        List<List<Integer>> rows = new ArrayList<>();
        IntStream.range(0, lengths.length).boxed().sorted(Comparator.comparingInt((Integer example) -> -lengths[example])).forEach(example -> {
            Map.Entry<Integer, Deque<List<Integer>>> fitting = byRoom.ceilingEntry(lengths[example]);
            int room = fitting == null ? capacity : fitting.getKey();
            List<Integer> row = fitting == null ? new ArrayList<>() : fitting.getValue().poll();
            if (fitting == null) {
                rows.add(row);
            } else if (fitting.getValue().isEmpty()) {
                byRoom.remove(room);
            }
            row.add(example);
            byRoom.computeIfAbsent(Math.max(0, room - lengths[example]), r -> new ArrayDeque<>()).add(row);
        });
        return rows.stream().map(row -> row.stream().mapToInt(Integer::intValue).toArray()).toList();
    }
}
