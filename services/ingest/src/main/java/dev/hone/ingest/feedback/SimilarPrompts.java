package dev.hone.ingest.feedback;

import dev.hone.datasets.check.Prompts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which answers a dataset gives to the questions most like a given one. Likeness is the weighted Jaccard index of the
 * two sets of words, each word weighing ln(N / df), N questions of which df hold it: rare words tell more.
 */
final class SimilarPrompts {
    /** So many of the most similar questions are asked. */
    static final int NEIGHBOURS = 3;

    private final Map<String, Integer> questionsWith = new HashMap<>();
    private int questions;

    /** First pass: how common each word is. */
    void learn(String question) {
        questions++;
        words(question).forEach(word -> questionsWith.merge(word, 1, Integer::sum));
    }

    /** A question whose neighbours are looked for in a second pass. */
    Search search(String question) {
        return new Search(words(question));
    }

    final class Search {
        private record Neighbour(double likeness, String answer) {}

        private final Set<String> asked;
        private final List<Neighbour> nearest = new ArrayList<>();

        private Search(Set<String> asked) {
            this.asked = asked;
        }

        void offer(String question, String answer) {
            nearest.add(new Neighbour(likeness(asked, words(question)), Prompts.normalized(answer)));
            if (nearest.size() > NEIGHBOURS) {
                nearest.sort(Comparator.comparingDouble(Neighbour::likeness).reversed());
                nearest.removeLast();
            }
        }

        /** Whether most of the nearest questions that share a word at all have this answer. */
        boolean mostlyAnswered(String answer) {
            List<Neighbour> like = nearest.stream().filter(neighbour -> neighbour.likeness() > 0).toList();
            long same = like.stream().filter(neighbour -> neighbour.answer().equals(Prompts.normalized(answer))).count();
            return same * 2 > like.size();
        }
    }

    private double likeness(Set<String> a, Set<String> b) {
        double common = 0;
        double all = 0;
        for (String word : a) {
            double weight = weight(word);
            all += weight;
            common += b.contains(word) ? weight : 0;
        }
        for (String word : b) {
            all += a.contains(word) ? 0 : weight(word);
        }
        return all == 0 ? 0 : common / all;
    }

    private double weight(String word) {
        return Math.log((questions + 1.0) / questionsWith.getOrDefault(word, 1));
    }

    private static Set<String> words(String question) {
        Set<String> words = new HashSet<>();
        for (String word : Prompts.normalized(question).split("[^\\p{L}\\p{N}]+")) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }
}
