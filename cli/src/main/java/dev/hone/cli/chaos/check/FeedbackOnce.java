package dev.hone.cli.chaos.check;

import dev.hone.events.Topic;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What users said lies with ingest: nothing of what serving took is missing, nothing else is there, and no record is kept
 * twice. A record that was written again is another one; whoever makes a dataset of them counts its id once.
 */
final class FeedbackOnce implements Check {
    @Override
    public String name() {
        return "feedback arrives exactly once";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        evidence.unanswered().forEach(answer -> violations.add(violation(answer, "Expected serving to take feedback on this answer in the end, found that it never did.")));
        Map<String, Integer> given = new TreeMap<>();
        evidence.feedback().forEach(id -> given.put(id, 1));
        Map<String, Integer> records = new TreeMap<>();
        evidence.events(Topic.FEEDBACK).forEach(placed -> records.merge(placed.event().id(), 1, Integer::sum));
        given.putAll(records);
        Map<String, Integer> kept = new TreeMap<>();
        evidence.kept().forEach(id -> kept.merge(id, 1, Integer::sum));
        kept.forEach((id, times) -> {
            if (times > given.getOrDefault(id, times)) {
                violations.add(violation(id, "Expected this feedback at most " + given.get(id) + " times, as often as it lies on the topic, found it " + times + " times."));
            }
        });
        given.keySet().stream().filter(id -> !kept.containsKey(id)).forEach(id -> violations.add(violation(id, "Expected this feedback to lie with ingest, found it missing.")));
        kept.keySet().stream().filter(id -> !given.containsKey(id)).forEach(id -> violations.add(violation(id, "Expected only feedback that was given, found this.")));
        return violations;
    }

    private Violation violation(String subject, String message) {
        return new Violation(name(), subject, message, Optional.empty());
    }
}
