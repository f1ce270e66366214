package dev.hone.cli.load;

/** How a request ended, in a reader's words. */
enum Outcome {
    ANSWERED("answered"), CANCELLED("left by its client"), OUT_OF_TIME("past its deadline"), LOST("lost with the killed process"), FAILED("failed"), WRONG("answered wrongly");

    private final String words;

    Outcome(String words) {
        this.words = words;
    }

    String words() {
        return words;
    }

    boolean isFault() {
        return this == FAILED || this == WRONG;
    }
}
