package dev.hone.cli.chaos.check;

import java.util.List;
import java.util.Optional;

/** Every reader is at the end of its topics, and has said so. */
final class Lags implements Check {
    @Override
    public String name() {
        return "offsets are committed to the end";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        return evidence.lags().entrySet().stream().filter(lag -> lag.getValue() != 0).sorted(java.util.Map.Entry.comparingByKey())
                .map(lag -> new Violation(name(), lag.getKey(), "Expected a lag of 0, found " + lag.getValue() + ".", Optional.empty())).toList();
    }
}
