package dev.hone.serving.answering;

/**
 * Takes out of texts what must not be written down. One's own is found by {@link java.util.ServiceLoader} and comes after
 * the masks that are always there.
 */
public interface Redaction {
    /** @return the text as it may be kept; called by any thread */
    String redact(String text);
}
