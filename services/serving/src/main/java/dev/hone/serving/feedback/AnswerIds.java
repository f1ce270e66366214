package dev.hone.serving.feedback;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Ids of answers, which say by themselves who answered and when, and cannot be made up: 38 characters, a dot, the model's
 * name, a colon, the revision. The 38 characters are Base64url (RFC 4648) of 28 bytes: seconds since 1970 as an unsigned
 * 32-bit number, 64 random bits, and the first 128 bits of HMAC-SHA256 (RFC 2104) over those twelve bytes and the names.
 * Replicas with the same secret know each other's. Thread-safe.
 */
public final class AnswerIds {
    private static final int SHORTEST_SECRET = 16;
    private static final int SIGNED_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9_-]{38})\\.([a-z0-9][a-z0-9._-]{0,62}):([A-Za-z0-9][A-Za-z0-9._-]{0,99})");

    private final SecretKeySpec secret;
    private final Clock clock;
    private final SecureRandom random = new SecureRandom();

    /** What an id says. @param at to the second */
    public record Given(String id, String model, String revision, Instant at) {}

    private AnswerIds(byte[] secret, Clock clock) {
        this.secret = new SecretKeySpec(secret, "HmacSHA256");
        this.clock = clock;
    }

    /** @param secret that all replicas share, at least 16 characters */
    public static AnswerIds of(String secret, Clock clock) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        if (bytes.length < SHORTEST_SECRET) {
            throw new IllegalArgumentException("Expected a secret of at least " + SHORTEST_SECRET + " characters for answer ids, found " + bytes.length + ".");
        }
        return new AnswerIds(bytes, clock);
    }

    /** Ids that this process alone knows again. */
    public static AnswerIds ofThisProcess(Clock clock) {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        return new AnswerIds(bytes, clock);
    }

    public String next(String model, String revision) {
        byte[] bytes = new byte[SIGNED_BYTES + TAG_BYTES];
        byte[] noise = new byte[SIGNED_BYTES - Integer.BYTES];
        random.nextBytes(noise);
        ByteBuffer.wrap(bytes).putInt((int) clock.instant().getEpochSecond()).put(noise);
        String names = model + ":" + revision;
        System.arraycopy(tag(bytes, names), 0, bytes, SIGNED_BYTES, TAG_BYTES);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes) + "." + names;
    }

    /** What the id says, if this service made it. */
    public Optional<Given> verified(String id) {
        Matcher form = FORM.matcher(id);
        if (!form.matches()) {
            return Optional.empty();
        }
        byte[] bytes = Base64.getUrlDecoder().decode(form.group(1));
        boolean own = MessageDigest.isEqual(tag(bytes, form.group(2) + ":" + form.group(3)), Arrays.copyOfRange(bytes, SIGNED_BYTES, bytes.length));
        // two texts may stand for the same bytes: only the one that was handed out counts
        boolean exact = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(form.group(1));
        Instant at = Instant.ofEpochSecond(Integer.toUnsignedLong(ByteBuffer.wrap(bytes).getInt()));
        return own && exact ? Optional.of(new Given(id, form.group(2), form.group(3), at)) : Optional.empty();
    }

    private byte[] tag(byte[] bytes, String names) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(secret);
            mac.update(bytes, 0, SIGNED_BYTES);
            return Arrays.copyOf(mac.doFinal(names.getBytes(StandardCharsets.UTF_8)), TAG_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }
}
