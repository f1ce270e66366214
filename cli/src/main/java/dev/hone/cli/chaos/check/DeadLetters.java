package dev.hone.cli.chaos.check;

import dev.hone.events.Topic;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What can never be handled is put aside, all of it and nothing else. A service that died between putting aside and
 * committing does it again, so a record may lie there more than once.
 */
final class DeadLetters implements Check {
    @Override
    public String name() {
        return "poison lies in the dead letters, and nothing else does";
    }

    @Override
    public List<Violation> look(Evidence evidence) {
        Map<String, Set<String>> buried = new HashMap<>();
        List<Violation> violations = new ArrayList<>();
        Set<String> poison = new HashSet<>();
        evidence.records().stream().filter(record -> !isDeadLetter(record) && Evidence.isPoison(record)).forEach(record -> poison.add(Evidence.place(record)));
        for (ConsumerRecord<String, byte[]> record : evidence.records()) {
            if (isDeadLetter(record)) {
                String origin = origin(record);
                buried.computeIfAbsent(origin, place -> new HashSet<>()).add(record.topic());
                if (!poison.contains(origin)) {
                    violations.add(violation(record, Evidence.place(record), "Expected only poison in " + record.topic() + ", found " + origin + " with the code "
                            + Evidence.header(record, "hone_error_code").orElse("none") + ": " + Evidence.header(record, "hone_error_message").orElse("no message") + "."));
                }
            }
        }
        evidence.records().stream().filter(record -> !isDeadLetter(record) && Evidence.isPoison(record)).forEach(record -> {
            String expected = Topic.deadLetters(Work.owner(record.topic()));
            if (!buried.getOrDefault(Evidence.place(record), Set.of()).equals(Set.of(expected))) {
                violations.add(violation(record, Evidence.place(record), "Expected this poison in " + expected + ", found it in "
                        + buried.getOrDefault(Evidence.place(record), Set.of()) + "."));
            }
        });
        return violations;
    }

    private Violation violation(ConsumerRecord<String, byte[]> record, String subject, String message) {
        return new Violation(name(), subject, message, Optional.of(Instant.ofEpochMilli(record.timestamp())));
    }

    static boolean isDeadLetter(ConsumerRecord<String, byte[]> record) {
        return record.topic().startsWith(Topic.deadLetters(""));
    }

    /** Where the record lay: as Hone's inbox says it, or as the messaging library does for topics of others. */
    private static String origin(ConsumerRecord<String, byte[]> record) {
        return Evidence.header(record, "hone_error_origin").orElseGet(() -> Evidence.header(record, "dead-letter-topic").orElse("?") + "/"
                + number(record, "dead-letter-partition") + "/" + number(record, "dead-letter-offset"));
    }

    private static String number(ConsumerRecord<String, byte[]> record, String header) {
        if (record.headers().lastHeader(header) == null) {
            return "?";
        }
        byte[] value = record.headers().lastHeader(header).value();
        String text = new String(value, StandardCharsets.US_ASCII);
        return text.matches("\\d+") ? text : String.valueOf(value.length == Long.BYTES ? ByteBuffer.wrap(value).getLong() : ByteBuffer.wrap(value).getInt());
    }
}
