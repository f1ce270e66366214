package dev.hone.cli.chaos.check;

import java.util.List;
import java.util.Optional;

/** After the stop nobody is left. */
final class Processes implements Check {
    @Override
    public String name() {
        return "no orphan process";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        return evidence.survivors().stream().map(process -> new Violation(name(), String.valueOf(process.pid()),
                "Expected every process of the home to end with it, found " + process.command() + ".", Optional.empty())).toList();
    }
}
