package dev.hone.cli.chaos.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** Nothing is done twice: no two processes work for one run and stage, and what is committed is not begun again. */
final class OneRun implements Check {
    /** What a training says when it is committed, and when it finds that it was. */
    private static final List<String> COMMITTED = List.of("run trained runId=", "adapter is there already runId=");
    /** What it says when it begins. */
    private static final String BEGUN = "predicted runId=";

    @Override
    public String name() {
        return "no run is done twice";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        evidence.sideBySide().forEach(sentence -> violations.add(new Violation(name(), sentence, "Expected one process for a Job at a time, found " + sentence + ".", Optional.empty())));
        new TreeMap<>(evidence.jobLogs()).forEach((job, lines) -> {
            boolean committed = false;
            for (String line : lines) {
                committed |= COMMITTED.stream().anyMatch(line::contains);
                if (committed && line.contains(BEGUN)) {
                    violations.add(new Violation(name(), job, "Expected no training after the adapter was committed, found \"" + line + "\".", Optional.empty()));
                }
            }
        });
        return violations;
    }
}
