package dev.hone.cli.chaos.check;

import java.util.List;

/** Something that must hold. */
public interface Check {
    /** In a few words, for a report. */
    String name();

    /** Everything that speaks against it. */
    List<Violation> look(Evidence evidence);
}
