package dev.hone.llm.constrain;

/** A pattern or schema that cannot be held; the message is a sentence for whoever wrote it. */
public final class ConstraintException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    ConstraintException(String message) {
        super(message);
    }
}
