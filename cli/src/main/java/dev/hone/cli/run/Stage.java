package dev.hone.cli.run;

/** What a run goes through, in order. */
public enum Stage {
    TRAIN("train"),
    QUANTIZE("quantize"),
    EVALUATE("evaluate"),
    DEPLOY("deploy");

    private final String label;

    Stage(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }

    /** How far a run is with a stage. */
    public enum State {
        WAITING,
        RUNNING,
        DONE,
        FAILED
    }
}
