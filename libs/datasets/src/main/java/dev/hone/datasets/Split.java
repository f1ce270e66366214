package dev.hone.datasets;

/** The parts of a dataset and their files. */
public enum Split {
    TRAIN("train.jsonl"), VALIDATION("validation.jsonl"), TEST("test.jsonl");

    private final String fileName;

    Split(String fileName) {
        this.fileName = fileName;
    }

    public String fileName() {
        return fileName;
    }
}
