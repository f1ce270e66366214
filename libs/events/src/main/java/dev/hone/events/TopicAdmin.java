package dev.hone.events;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.TopicExistsException;

/** Makes Hone's topics where nobody else does: on one machine and in tests. On Kubernetes they are resources. */
public final class TopicAdmin {
    /** The object store writes it, in its own format, and ingest reads it: none of Hone's events, but it must be there. */
    private static final String STORE_EVENTS = "store.events";

    private TopicAdmin() {}

    /** Creates every topic that is missing, dead letters included; what is there stays as it is. */
    public static void createMissing(KafkaSettings kafka, int partitions) {
        try (Admin admin = Admin.create(kafka.admin())) {
            for (NewTopic topic : topics(partitions)) {
                create(admin, topic);
            }
        }
    }

    private static List<NewTopic> topics(int partitions) {
        List<NewTopic> all = new ArrayList<>();
        for (Topic topic : Topic.values()) {
            all.add(new NewTopic(topic.topicName(), Optional.of(partitions), Optional.empty()).configs(topic.kind().config()));
        }
        for (String service : Topic.services()) {
            all.add(new NewTopic(Topic.deadLetters(service), Optional.of(1), Optional.empty()).configs(Map.of("retention.ms", "-1")));
        }
        all.add(new NewTopic(STORE_EVENTS, Optional.of(1), Optional.empty()).configs(Map.of("retention.ms", "604800000")));
        return all;
    }

    private static void create(Admin admin, NewTopic topic) {
        try {
            admin.createTopics(List.of(topic)).all().get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw new KafkaException("topic " + topic.name() + " could not be created", e.getCause());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaException("interrupted while creating topic " + topic.name(), e);
        }
    }
}
