package dev.hone.cli.chaos.check;

import dev.hone.artifacts.Manifest;
import dev.hone.cli.chaos.fault.HomeProcesses;
import dev.hone.cli.chaos.fault.Mischief;
import dev.hone.cli.run.RunBoard;
import dev.hone.events.Event;
import dev.hone.events.EventCodec;
import dev.hone.events.InvalidEvent;
import dev.hone.events.Topic;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/**
 * All that was found when the stack was quiet again.
 *
 * @param submissions  what was sent
 * @param records      every record of every topic, dead letters too
 * @param lags         records not committed, by {@code group topic/partition}
 * @param objects      keys of the bucket
 * @param strays       files of the store's own folder that are no object
 * @param manifests    by key
 * @param weights      SHA-256 of what a run made, by key
 * @param feedback     ids of the events that serving said it had written
 * @param kept         ids of feedback events that lie with ingest, each as often as it does
 * @param unanswered   feedback that serving never took
 * @param sideBySide   Jobs of one name that were seen at the same time, as sentences
 * @param jobLogs      lines by the Job's name
 * @param survivors    processes of the home after its stop
 */
public record Evidence(List<Submitted> submissions, List<ConsumerRecord<String, byte[]>> records, Map<String, Long> lags, Set<String> objects, Set<String> strays,
        Map<String, Manifest> manifests, Map<String, String> weights, List<String> feedback, List<String> kept, List<String> unanswered, List<String> sideBySide,
        Map<String, List<String>> jobLogs, List<HomeProcesses.Found> survivors) {

    /** A valid event, and where it lies. */
    public record Placed(Topic topic, Event<?> event, ConsumerRecord<String, byte[]> record) {
        String place() {
            return Evidence.place(record);
        }
    }

    static String place(ConsumerRecord<String, byte[]> record) {
        return record.topic() + "/" + record.partition() + "/" + record.offset();
    }

    /** Valid events of Hone's topics, in the order of each topic. */
    List<Placed> events() {
        List<Placed> events = new ArrayList<>();
        for (ConsumerRecord<String, byte[]> record : records) {
            Topic.named(record.topic()).filter(topic -> record.value() != null && !isPoison(record)).ifPresent(topic -> {
                try {
                    events.add(new Placed(topic, EventCodec.decode(topic, record), record));
                } catch (InvalidEvent e) {
                    // the check of dead letters speaks of it
                }
            });
        }
        return events;
    }

    List<Placed> events(Topic topic) {
        return events().stream().filter(placed -> placed.topic() == topic).toList();
    }

    /** What became of every run. */
    public RunBoard board() {
        RunBoard board = new RunBoard();
        events().forEach(placed -> board.apply(placed.event()));
        return board;
    }

    static boolean isPoison(ConsumerRecord<String, byte[]> record) {
        return header(record, Mischief.MARK).filter(Mischief.POISON::equals).isPresent();
    }

    static Optional<String> header(ConsumerRecord<String, byte[]> record, String name) {
        Header header = record.headers().lastHeader(name);
        return header == null || header.value() == null ? Optional.empty() : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }
}
