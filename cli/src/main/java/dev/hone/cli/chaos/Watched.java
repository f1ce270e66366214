package dev.hone.cli.chaos;

import dev.hone.cli.chaos.check.Outcomes;
import dev.hone.cli.chaos.check.Submitted;
import dev.hone.cli.chaos.fault.Tape;
import dev.hone.cli.run.RunBoard;
import dev.hone.events.EventCodec;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a tape says of the submissions. */
final class Watched {
    private static final String STORE_EVENTS = "store.events";

    private Watched() {}

    /** All topics but that of progress, which is for the eye. */
    static Set<String> topics() {
        return Stream.of(Arrays.stream(Topic.values()).filter(topic -> topic != Topic.RUN_PROGRESS).map(Topic::topicName),
                Topic.services().stream().map(Topic::deadLetters), Stream.of(STORE_EVENTS)).flatMap(stream -> stream).collect(Collectors.toSet());
    }

    /** By the model's name; empty where it is open. */
    static Map<String, Optional<String>> outcomes(Tape tape, List<Submitted> submissions) {
        RunBoard board = new RunBoard();
        tape.records().forEach(record -> Topic.named(record.topic()).filter(topic -> record.value() != null).ifPresent(topic -> {
            try {
                board.apply(EventCodec.decode(topic, record));
            } catch (InvalidEvent e) {
                // poison
            }
        }));
        return Outcomes.of(submissions, board);
    }

    /** How many have ended. */
    static long ended(Map<String, Optional<String>> outcomes) {
        return outcomes.values().stream().filter(Optional::isPresent).count();
    }
}
