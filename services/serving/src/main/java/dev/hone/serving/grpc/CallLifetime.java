package dev.hone.serving.grpc;

import io.grpc.Deadline;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** How long somebody waits for a call's answer: until its deadline, or until the client goes away. */
public final class CallLifetime {
    /** The wire format allows eight digits and a unit. */
    private static final int LONGEST_HEADER = 9;

    private final Optional<Deadline> deadline;
    private final List<Runnable> onAbandoned = new ArrayList<>();
    private boolean abandoned;

    /** @param timeout the call's {@code grpc-timeout} header, or null */
    public CallLifetime(String timeout) {
        this.deadline = parse(timeout);
    }

    /** The client cancelled, or its connection is gone. */
    public void abandon() {
        List<Runnable> told;
        synchronized (this) {
            if (abandoned) {
                return;
            }
            abandoned = true;
            told = List.copyOf(onAbandoned);
            onAbandoned.clear();
        }
        told.forEach(Runnable::run);
    }

    synchronized boolean isAbandoned() {
        return abandoned;
    }

    /** Runs once, at once if the client is gone already. */
    public void whenAbandoned(Runnable action) {
        synchronized (this) {
            if (!abandoned) {
                onAbandoned.add(action);
                return;
            }
        }
        action.run();
    }

    /** Of {@link System#nanoTime}; {@link Long#MAX_VALUE} for none. */
    public long deadlineNanos() {
        return deadline.map(some -> System.nanoTime() + some.timeRemaining(TimeUnit.NANOSECONDS)).orElse(Long.MAX_VALUE);
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
