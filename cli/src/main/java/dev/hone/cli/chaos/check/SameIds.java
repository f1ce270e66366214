package dev.hone.cli.chaos.check;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An event may come more than once; it is the same event only if it says the same. */
final class SameIds implements Check {
    @Override
    public String name() {
        return "the same event id says the same";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        Map<String, Evidence.Placed> first = new HashMap<>();
        for (Evidence.Placed placed : evidence.events()) {
            Evidence.Placed before = first.putIfAbsent(placed.topic().topicName() + " " + placed.event().id(), placed);
            if (before != null && !before.event().data().equals(placed.event().data())) {
                violations.add(new Violation(name(), placed.event().id(), "Expected " + placed.place() + " to say what " + before.place() + " says under the same id, found "
                        + text(placed) + " and before " + text(before) + ".", Optional.of(Instant.ofEpochMilli(placed.record().timestamp()))));
            }
        }
        return violations;
    }

    private static String text(Evidence.Placed placed) {
        return new String(placed.record().value(), StandardCharsets.UTF_8);
    }
}
