package dev.hone.images;

/** An image cannot be built; the message says what was expected, what was found and what to do. */
final class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ImageException(String message) {
        super(message);
    }
}
