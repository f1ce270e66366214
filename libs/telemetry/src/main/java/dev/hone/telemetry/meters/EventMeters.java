package dev.hone.telemetry.meters;

import dev.hone.events.EventObserver;
import dev.hone.events.Topic;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;

/** What becomes of a service's records. Topics and codes are tags, because they are few; what senders choose never is. */
public final class EventMeters implements EventObserver {
    private final MeterRegistry registry;
    private final String service;

    /** Counts from zero at once what must never happen, so that the first time is an increase. */
    public EventMeters(MeterRegistry registry, String service) {
        this.registry = registry;
        this.service = service;
        Arrays.stream(Topic.values()).filter(topic -> topic.readers().contains(service)).forEach(topic -> deadLetters(topic, "internal_error"));
    }

    @Override
    public void handled(Topic topic, Duration took) {
        Timer.builder("hone.events.handled").description("Records done with, and the time that took").tag("service", service)
                .tag("topic", topic.topicName()).register(registry).record(took);
    }

    @Override
    public void unavailable(Topic topic) {
        Counter.builder("hone.events.unavailable").description("Tries of a record that failed because store or broker were away")
                .tag("service", service).tag("topic", topic.topicName()).register(registry).increment();
    }

    @Override
    public void putAside(Topic topic, String code) {
        deadLetters(topic, code).increment();
    }

    private Counter deadLetters(Topic topic, String code) {
        return Counter.builder("hone.dead.letters").description("Records that went to the dead letters").tag("service", service)
                .tag("topic", topic.topicName()).tag("code", code).register(registry);
    }
}
