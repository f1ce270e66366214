package dev.hone.cli.run;

import dev.hone.cli.console.Failure;
import dev.hone.cli.console.Terminal;
import dev.hone.cli.home.Endpoints;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.common.KafkaException;

/** Follows one run until it ends, fed by the topics alone. */
public final class Follower implements AutoCloseable {
    private static final Duration REFRESH = Duration.ofMillis(200);

    private final EventTail tail;
    private final RunBoard board = new RunBoard();
    private final BooleanSupplier stackRuns;
    private final Terminal terminal;

    public Follower(Endpoints endpoints, Terminal terminal) {
        this.tail = new EventTail(endpoints.broker(), EventTail.RUNS);
        this.stackRuns = endpoints::isRunning;
        this.terminal = terminal;
        tail.history().forEach(board::apply);
    }

    /** What is known by now. */
    public RunBoard board() {
        return board;
    }

    /**
     * Shows the run that {@code which} finds, as soon as there is one, until its outcome.
     *
     * @throws Failure when the stack stops meanwhile
     */
    public Run untilEnd(Function<RunBoard, Optional<Run>> which) {
        LivePainter painter = new LivePainter(terminal);
        for (;;) {
            Optional<Run> run = which.apply(board);
            run.ifPresent(found -> painter.show(found, Instant.now()));
            if (run.flatMap(Run::outcome).isPresent()) {
                return run.get();
            }
            refresh();
        }
    }

    /** Waits until {@code what} finds something. @throws Failure with {@code otherwise} after {@code patience} */
    public <T> T await(Function<RunBoard, Optional<T>> what, Duration patience, String otherwise) {
        Instant end = Instant.now().plus(patience);
        for (;;) {
            Optional<T> found = what.apply(board);
            if (found.isPresent()) {
                return found.get();
            }
            if (Instant.now().isAfter(end)) {
                throw new Failure(otherwise);
            }
            refresh();
        }
    }

    private void refresh() {
        if (!stackRuns.getAsBoolean()) {
            throw new Failure("The stack was stopped. The run goes on where it was with the next ./hone up; ./hone runs shows it.");
        }
        try {
            tail.next(REFRESH).forEach(board::apply);
        } catch (KafkaException e) {
            throw new Failure("Kafka cannot be read any more: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        tail.close();
    }
}
