package dev.hone.serving;

import io.grpc.Context;
import io.grpc.Deadline;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** How long somebody waits for a call's answer: until its deadline, or until the client goes away. */
final class CallLifetime {
    static final Context.Key<CallLifetime> KEY = Context.key("hone-call-lifetime");
    /** The wire format allows eight digits and a unit. */
    private static final int LONGEST_HEADER = 9;

    private final Optional<Deadline> deadline;
    private volatile boolean abandoned;

    /** @param timeout the call's {@code grpc-timeout} header, or null */
    CallLifetime(String timeout) {
        this.deadline = parse(timeout);
    }

    /** The lifetime of the call that this thread handles. */
    static CallLifetime current() {
        CallLifetime lifetime = KEY.get();
        return lifetime == null ? new CallLifetime(null) : lifetime;
    }

    /** The client cancelled, or its connection is gone. */
    void abandon() {
        abandoned = true;
    }

    boolean isAbandoned() {
        return abandoned;
    }

    boolean isExpired() {
        return deadline.map(Deadline::isExpired).orElse(false);
    }

    /** {@code 250m} is 250 milliseconds: digits and one of H, M, S, m, u, n, as gRPC over HTTP/2 defines it. */
    static Optional<Deadline> parse(String timeout) {
        if (timeout == null || timeout.length() > LONGEST_HEADER || !timeout.matches("\\d+[HMSmun]")) {
            return Optional.empty();
        }
        long amount = Long.parseLong(timeout.substring(0, timeout.length() - 1));
        TimeUnit unit = switch (timeout.charAt(timeout.length() - 1)) {
            case 'H' -> TimeUnit.HOURS;
            case 'M' -> TimeUnit.MINUTES;
            case 'S' -> TimeUnit.SECONDS;
            case 'm' -> TimeUnit.MILLISECONDS;
            case 'u' -> TimeUnit.MICROSECONDS;
            default -> TimeUnit.NANOSECONDS;
        };
        return Optional.of(Deadline.after(amount, unit));
    }
}
