package dev.hone.events;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the broker lets one user do, as the table of topics says: nothing else is needed, and everything else refused. Reading
 * and writing include describing.
 *
 * @param reads       topics
 * @param writes      topics
 * @param groupPrefix of the consumer groups it reads in; empty for a reader without a group
 */
public record Rights(String user, Set<String> reads, Set<String> writes, String groupPrefix) {
    /** The object store tells ingest of new objects there. */
    private static final String STORE_EVENTS = "store.events";

    public Rights {
        reads = Set.copyOf(reads);
        writes = Set.copyOf(writes);
    }

    /** @param user a service, or {@link Topic.Writers#OTHERS}: the command line, which looks at everything */
    public static Rights of(String user) {
        Set<String> reads = new TreeSet<>();
        Set<String> writes = new TreeSet<>();
        boolean service = Topic.services().contains(user);
        Arrays.stream(Topic.values()).filter(topic -> !service || topic.readers().contains(user)).map(Topic::topicName).forEach(reads::add);
        Arrays.stream(Topic.values()).filter(topic -> topic.writers().contains(user)).map(Topic::topicName).forEach(writes::add);
        if (service) {
            writes.add(Topic.deadLetters(user));
        }
        if (user.equals("ingest")) {
            reads.add(STORE_EVENTS);
        }
        return new Rights(user, reads, writes, service && !user.equals("serving") ? user : "");
    }
}
