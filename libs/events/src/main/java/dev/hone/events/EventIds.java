package dev.hone.events;

import dev.hone.v1.Recipe;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;

/** Deterministic ids: the same event twice is one piece of work. */
public final class EventIds {
    /** Version 5 namespace of Hone's events: {@code uuid5(NAMESPACE_DNS, "hone.dev")}. */
    private static final UUID NAMESPACE = uuid5(UUID.fromString("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "hone.dev");

    private EventIds() {}

    /** Name-based UUID (RFC 9562 version 5) of an event: its cause, its type, and what tells it from its siblings. */
    public static String idOf(String causationId, String type, String discriminator) {
        return uuid5(NAMESPACE, causationId + "\n" + type + "\n" + discriminator).toString();
    }

    /**
     * The id of a run nobody named: {@code r} and 16 hex digits of the SHA-256 of (dataset, base model, recipe). What it asks
     * of a cluster is left out: the same run with more memory is the same run, and goes on from its checkpoint.
     */
    public static String runId(String datasetId, String baseModel, Recipe recipe) {
        MessageDigest sha = digest("SHA-256");
        sha.update((datasetId + "\n" + baseModel + "\n").getBytes(StandardCharsets.UTF_8));
        return "r" + HexFormat.of().formatHex(sha.digest(recipe.toBuilder().clearResources().clearStageResources().build().toByteArray()), 0, 8);
    }

    static UUID uuid5(UUID namespace, String name) {
        MessageDigest sha1 = digest("SHA-1");
        sha1.update(ByteBuffer.allocate(16).putLong(namespace.getMostSignificantBits()).putLong(namespace.getLeastSignificantBits()).flip());
        ByteBuffer hash = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8)));
        long high = hash.getLong() & ~0xF000L | 0x5000L;
        long low = hash.getLong() & 0x3FFFFFFFFFFFFFFFL | 0x8000000000000000L;
        return new UUID(high, low);
    }

    private static MessageDigest digest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm, e);
        }
    }
}
