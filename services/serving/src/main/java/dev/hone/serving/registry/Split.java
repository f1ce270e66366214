package dev.hone.serving.registry;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Who gets the candidate. A conversation's hash decides, so that every replica decides alike and a conversation stays
 * where it began; a larger percentage keeps everybody whom the smaller one had. The candidate's name is hashed too: it is
 * not always the same people who try what is new.
 */
final class Split {
    private Split() {}

    /** Whether a conversation is among the first {@code percent} of a hundred equal parts. */
    static boolean takes(String model, String candidate, String conversation, int percent) {
        return percent > 0 && part(model + "\n" + candidate + "\n" + conversation) < percent;
    }

    /** The first eight bytes of SHA-256 as an unsigned number, modulo 100. */
    static int part(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return (int) Long.remainderUnsigned(ByteBuffer.wrap(hash).getLong(), 100);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
