package dev.hone.cli.chaos.fault;

/** What is done to the stack. */
public enum FaultKind {
    KILL_SERVICE("kill -9 of a service", true),
    KILL_JOB("kill -9 of a Job", true),
    KILL_BROKER("kill -9 of the broker", true),
    KILL_STORE("kill -9 of the store", true),
    END_SERVICE("SIGTERM to a service", false),
    END_JOB("SIGTERM to a Job", false),
    PAUSE("SIGSTOP, SIGCONT later", false),
    FULL_STORE("the store refuses writes: quota exceeded", false),
    CUT("connections reset and refused", false),
    STALL("connections stay open and carry nothing", false),
    DELAY("every packet comes late", false),
    REPEAT("a record again, as it was", false),
    REPEAT_BARE("a record again, without its envelope", false),
    REORDER("old records again, the newest first", false),
    GARBAGE("a record that can never be handled", false);

    private final String words;
    private final boolean kill;

    FaultKind(String words, boolean kill) {
        this.words = words;
        this.kill = kill;
    }

    /** For a report. */
    public String words() {
        return words;
    }

    /** Whether a process dies of it without a chance to say anything. */
    public boolean isKill() {
        return kill;
    }
}
