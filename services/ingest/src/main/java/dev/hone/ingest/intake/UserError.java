package dev.hone.ingest.intake;

import dev.hone.datasets.DatasetReport;
import dev.hone.datasets.read.Problem;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What was sent cannot become a dataset: sending the same again fails again. */
public final class UserError extends Exception {
    private final String code;
    private final transient DatasetReport report;
    private final transient List<Problem> problems;

    /** @param code a stable word; @param message a sentence: what was expected, what was found, what to do */
    public UserError(String code, String message) {
        this(code, message, null, List.of());
    }

    UserError(String code, String message, DatasetReport report, List<Problem> problems) {
        super(message);
        this.code = Objects.requireNonNull(code);
        this.report = report;
        this.problems = List.copyOf(problems);
    }

    public String code() {
        return code;
    }

    /** Present when all rows were looked at and none could be kept. */
    public Optional<DatasetReport> report() {
        return Optional.ofNullable(report);
    }

    /** The first of them. */
    public List<Problem> problems() {
        return problems;
    }
}
