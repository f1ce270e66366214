package dev.hone.serving.feedback;

import dev.hone.serving.answer.Refusal;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * Of each answer each kind of opinion is taken once: a verdict, a rating, a correction, a comment, tags. The same opinion
 * again is no second one and gets the first one's event. What is remembered is bounded; what was forgotten still has the
 * same event id, by which readers of the topic know it again. Safe for use by several threads.
 */
final class Once {
    private record Taken(String eventId, String content) {}

    private final Map<String, Map<String, Taken>> byAnswer;

    /** @param most answers remembered */
    Once(int most) {
        byAnswer = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Map<String, Taken>> eldest) {
                return size() > most;
            }
        };
    }

    /**
     * @return whether it is new
     * @throws Refusal if the answer has another opinion of one of these kinds
     */
    synchronized boolean take(String answerId, Set<String> kinds, String eventId, String content) throws Refusal {
        Map<String, Taken> taken = byAnswer.getOrDefault(answerId, Map.of());
        Taken same = new Taken(eventId, content);
        if (kinds.stream().allMatch(kind -> same.equals(taken.get(kind)))) {
            return false;
        }
        for (String kind : kinds) {
            if (taken.containsKey(kind)) {
                throw new Refusal(Refusal.Code.ALREADY_EXISTS, "Answer " + answerId + " has its " + kind + " already: each kind of feedback is taken once of an answer.", "answer_id");
            }
        }
        keep(answerId, kinds, same);
        return true;
    }

    /** What another replica took, or this one before it was started anew. */
    synchronized void learn(String answerId, Set<String> kinds, String eventId, String content) {
        keep(answerId, kinds, new Taken(eventId, content));
    }

    private void keep(String answerId, Set<String> kinds, Taken taken) {
        Map<String, Taken> all = byAnswer.computeIfAbsent(answerId, id -> new HashMap<>());
        kinds.forEach(kind -> all.putIfAbsent(kind, taken));
    }

    /** It could not be written: whoever tries again is the first. */
    synchronized void release(String answerId, String eventId) {
        Map<String, Taken> taken = byAnswer.get(answerId);
        if (taken != null) {
            taken.values().removeIf(one -> one.eventId().equals(eventId));
        }
    }
}
