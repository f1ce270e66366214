package dev.hone.serving.access;

import dev.hone.serving.answer.Refusal;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/** What one caller has left of its grant. */
final class Allowance {
    private final Grant grant;
    private final LongSupplier nanoClock;
    private final Optional<Bucket> requests;
    private final Optional<Bucket> tokens;
    private int running;

    Allowance(Grant grant, LongSupplier nanoClock) {
        this.grant = grant;
        this.nanoClock = nanoClock;
        long now = nanoClock.getAsLong();
        requests = grant.requestsPerMinute().isPresent() ? Optional.of(new Bucket(grant.requestsPerMinute().getAsInt(), now)) : Optional.empty();
        tokens = grant.tokensPerMinute().isPresent() ? Optional.of(new Bucket(grant.tokensPerMinute().getAsLong(), now)) : Optional.empty();
    }

    /** One more request begins; {@link #end} must follow. */
    synchronized void begin() throws Refusal {
        long now = nanoClock.getAsLong();
        if (running >= grant.concurrent().orElse(Integer.MAX_VALUE)) {
            throw refusal("This key may have " + grant.concurrent().getAsInt() + " requests at the same time, and has them. Wait for one to end.", Duration.ofSeconds(1));
        }
        require(tokens, Math.ulp(1), now, "This key may use " + grant.tokensPerMinute().orElse(0) + " tokens a minute, and has.");
        require(requests, 1, now, "This key may send " + grant.requestsPerMinute().orElse(0) + " requests a minute, and has.");
        requests.ifPresent(bucket -> bucket.take(1));
        running++;
    }

    synchronized void end(int usedTokens) {
        running--;
        tokens.ifPresent(bucket -> bucket.take(usedTokens));
    }

    private static void require(Optional<Bucket> bucket, double amount, long now, String sentence) throws Refusal {
        Duration wait = bucket.map(some -> some.wait(amount, now)).orElse(Duration.ZERO);
        if (wait.isPositive()) {
            throw refusal(sentence + " Send it again in " + wait.plusMillis(999).toSeconds() + " s.", wait);
        }
    }

    private static Refusal refusal(String sentence, Duration retryAfter) {
        return Refusal.after(retryAfter, Refusal.Code.RESOURCE_EXHAUSTED, sentence);
    }
}
