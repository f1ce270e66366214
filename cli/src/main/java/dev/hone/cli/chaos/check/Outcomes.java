package dev.hone.cli.chaos.check;

import dev.hone.cli.run.Outcome;
import dev.hone.cli.run.Run;
import dev.hone.cli.run.RunBoard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What became of each submission, in a word that two runs of the same can be compared by. */
public final class Outcomes {
    /** Told where a Job's process died too often: no undisturbed run has it, and no fault of the run itself. */
    public static final String CRASHED = "failed: job_crashed";

    private Outcomes() {}

    /** By the model's name; empty where it is open. */
    public static Map<String, Optional<String>> of(List<Submitted> submissions, RunBoard board) {
        Map<String, Optional<String>> outcomes = new TreeMap<>();
        submissions.forEach(submitted -> outcomes.put(submitted.model(), run(submitted, board).flatMap(Run::outcome).map(Outcomes::word)));
        return outcomes;
    }

    /** The run of a submission, or what stands for it where there is none. */
    public static Optional<Run> run(Submitted submitted, RunBoard board) {
        return submitted.eventId().isEmpty() ? board.run(submitted.datasetId()) : board.causedBy(submitted.eventId());
    }

    private static String word(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Deployed deployed -> "deployed";
            case Outcome.Rejected rejected -> "refused by the gate";
            case Outcome.Failed failed -> "failed: " + failed.code();
            default -> "passed";
        };
    }

    /** Every submission came to an end, and to the same as in a run that nothing disturbed. @param expected by the model's name */
    static Check asExpected(Map<String, String> expected) {
        return new Check() {
            @Override
            public String name() {
                return "every dataset is deployed or its failure told, as in the undisturbed run";
            }

            @Override
            public List<Violation> look(Evidence evidence) {
                List<Violation> violations = new ArrayList<>();
                Map<String, Optional<String>> found = of(evidence.submissions(), evidence.board());
                expected.forEach((model, outcome) -> {
                    String now = found.getOrDefault(model, Optional.empty()).orElse("open");
                    if (!now.equals(outcome) && !now.equals(CRASHED)) {
                        violations.add(new Violation(name(), model, "Expected \"" + outcome + "\", as undisturbed, found \"" + now + "\"" + where(evidence, model) + ".",
                                Optional.empty()));
                    }
                });
                return violations;
            }
        };
    }

    private static String where(Evidence evidence, String model) {
        return evidence.submissions().stream().filter(submitted -> submitted.model().equals(model)).findFirst()
                .map(submitted -> " of dataset " + submitted.datasetId() + run(submitted, evidence.board()).map(run -> ", run " + run.id() + ", stage " + run.current().label()).orElse(", without a run"))
                .orElse(": it was never sent");
    }
}
