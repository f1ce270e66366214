package dev.hone.cli.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was trained and quantized is equal to the last bit to what an undisturbed run made.
 *
 * @param expected SHA-256 by key
 * @param excused  ids of runs whose failure was told
 */
record SameWeights(Map<String, String> expected, Set<String> excused) implements Check {
    @Override
    public String name() {
        return "adapters and models are bit-identical to an undisturbed run's";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        new TreeMap<>(expected).forEach((key, hash) -> {
            String found = evidence.weights().get(key);
            if (!hash.equals(found) && !(found == null && excused.stream().anyMatch(run -> key.contains("/" + run + "/")))) {
                violations.add(new Violation(name(), key, "Expected " + hash + ", found " + (found == null ? "no such object" : found) + ".", Optional.empty()));
            }
        });
        new TreeMap<>(evidence.weights()).keySet().stream().filter(key -> !expected.containsKey(key))
                .forEach(key -> violations.add(new Violation(name(), key, "Expected no such object, as no undisturbed run made it.", Optional.empty())));
        return violations;
    }
}
