package dev.hone.ingest.feedback;

import dev.hone.datasets.ProblemLog;
import dev.hone.datasets.check.Prompts;
import dev.hone.datasets.check.RowChecker;
import dev.hone.datasets.check.RowRejected;
import dev.hone.datasets.read.Place;
import dev.hone.datasets.read.Problem;
import dev.hone.llm.data.Row;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The usable rows of what was said: of each prompt the last correction, or else the last answer that was liked. */
record Corrections(Map<String, Entry> corrected, Map<String, Entry> confirmed, long badWithoutCorrection) {

    /** @param tokens of the row */
    record Entry(Said said, RowChecker.Checked checked) {
        String oldAnswer() {
            return Prompts.normalized(said.feedback().getAnswer());
        }

        String newAnswer() {
            return said.feedback().getCorrection().strip();
        }
    }

    /**
     * Feedback that is no row to learn from goes to the problems, as a bad row of a file would.
     *
     * @param kind of the rows of the dataset that shall grow
     */
    static Corrections of(Collection<Said> said, Row.Kind kind, RowChecker checker, ProblemLog problems) throws IOException {
        Map<String, Entry> corrected = new LinkedHashMap<>();
        Map<String, Entry> confirmed = new LinkedHashMap<>();
        long bad = 0;
        List<Said> inOrder = said.stream().sorted(Comparator.comparing(Said::time).thenComparing(Said::id)).toList();
        for (Said one : inOrder) {
            if (one.isConfirmation() && kind == Row.Kind.PREFERENCE) {
                problems.add(Problem.warning(place(one), "no_worse_answer", "Expected a better and a worse answer, found one that was liked; it was passed over."));
            } else if (one.isCorrection() || one.isConfirmation()) {
                add(one, kind, one.isCorrection() ? corrected : confirmed, checker, problems);
            } else {
                bad += one.feedback().getVerdict().equals("bad") ? 1 : 0;
            }
        }
        corrected.keySet().forEach(confirmed::remove);
        return new Corrections(corrected, confirmed, bad);
    }

    private static void add(Said said, Row.Kind kind, Map<String, Entry> to, RowChecker checker, ProblemLog problems) throws IOException {
        try {
            to.put(said.prompt(), new Entry(said, checker.check(said.row(kind)).getFirst()));
        } catch (RowRejected e) {
            problems.add(Problem.error(place(said), e.code(), e.getMessage()));
        }
    }

    private static Place place(Said said) {
        return new Place("feedback/" + said.id(), 0, 1);
    }
}
