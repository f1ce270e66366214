package dev.hone.cli.chaos.check;

import dev.hone.cli.run.Outcome;
import dev.hone.cli.run.Run;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** All that must hold. */
public final class Checks {
    private Checks() {}

    /** @param weights of the undisturbed run, SHA-256 by key; @param outcomes of the undisturbed run, by the model's name */
    public static Map<String, List<Violation>> look(Evidence evidence, Map<String, String> weights, Map<String, String> outcomes) {
        Set<String> failed = evidence.board().all().stream().filter(run -> run.outcome().filter(Outcome.Failed.class::isInstance).isPresent()).map(Run::id).collect(Collectors.toSet());
        List<Check> checks = List.of(Outcomes.asExpected(outcomes), new Followers(), new Lags(), new DeadLetters(), new SameIds(), new OneRun(),
                new SameWeights(weights, failed), new Objects(failed), new Processes(), new FeedbackOnce());
        Map<String, List<Violation>> found = new LinkedHashMap<>();
        checks.forEach(check -> found.put(check.name(), check.look(evidence)));
        return found;
    }
}
