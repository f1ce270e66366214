package dev.hone.cli.chaos.check;

import dev.hone.events.Topic;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What users said lies with ingest, once for each id: nothing of what serving took is missing, and nothing else is there. */
final class FeedbackOnce implements Check {
    @Override
    public String name() {
        return "feedback arrives exactly once";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        evidence.unanswered().forEach(answer -> violations.add(violation(answer, "Expected serving to take feedback on this answer in the end, found that it never did.")));
        Set<String> taken = new HashSet<>(evidence.feedback());
        evidence.events(Topic.FEEDBACK).forEach(placed -> taken.add(placed.event().id()));
        Set<String> kept = new HashSet<>();
        evidence.kept().stream().filter(id -> !kept.add(id)).forEach(id -> violations.add(violation(id, "Expected this feedback once, found it again.")));
        new TreeSet<>(taken).stream().filter(id -> !kept.contains(id)).forEach(id -> violations.add(violation(id, "Expected this feedback to lie with ingest, found it missing.")));
        new TreeSet<>(kept).stream().filter(id -> !taken.contains(id)).forEach(id -> violations.add(violation(id, "Expected only feedback that was given, found this.")));
        return violations;
    }

    private Violation violation(String subject, String message) {
        return new Violation(name(), subject, message, Optional.empty());
    }
}
