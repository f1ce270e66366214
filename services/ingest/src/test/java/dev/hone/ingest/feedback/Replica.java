package dev.hone.ingest.feedback;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.ingest.feedback.log.Line;
import dev.hone.ingest.feedback.log.LogName;
import dev.hone.ingest.feedback.log.Objects;
import dev.hone.ingest.feedback.log.PartitionLog;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.FeedbackGiven;
import dev.hone.v1.FeedbackMessage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** A replica without memory, as after a start, that has one partition of a topic. */
final class Replica {
    static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
    static final FeedbackRules RULES = new FeedbackRules(3, Duration.ofHours(24), Duration.ZERO, 100, 100, 2, true, 4);
    /** Each test has a partition of its own. */
    private static final int PARTITIONS = 1000;

    private final FeedbackLoop loop;
    private final PartitionLog log;

    Replica(ArtifactStore store, EventPublisher publisher, Path temporary, int partition, Instant now) throws IOException {
        this(Objects.of(store), store, publisher, temporary, partition, now, RULES);
    }

    Replica(Objects objects, ArtifactStore store, EventPublisher publisher, Path temporary, int partition, Instant now, FeedbackRules rules) throws IOException {
        FeedbackLogs logs = new FeedbackLogs(store, 100);
        log = logs.open(new LogName("test", partition), () -> 0, model -> partition, PARTITIONS);
        loop = new FeedbackLoop(objects, store, logs, new BaseModels(store, temporary.resolve("base")), new Announcer(store, publisher),
                rules, new WorkSpace(temporary.resolve("work")), Clock.fixed(now, ZoneOffset.UTC));
    }

    /** The events as new records of the partition, in one segment. */
    Replica keep(List<Event<FeedbackGiven>> events) throws IOException {
        long offset = log.next();
        List<Line> lines = new ArrayList<>();
        for (Event<FeedbackGiven> event : events) {
            lines.add(FeedbackLogs.line(event, offset++));
        }
        log.append(lines, offset);
        return this;
    }

    Replica given(Event<FeedbackGiven> event) throws IOException {
        keep(List.of(event));
        loop.tick();
        return this;
    }

    void tick() throws IOException {
        loop.tick();
    }

    static Event<FeedbackGiven> correction(String model, String manifest, int number) {
        FeedbackGiven given = FeedbackGiven.newBuilder().setModelName(model).setVerdict("bad").setAnswer("wrong")
                .addPrompt(FeedbackMessage.newBuilder().setRole("user").setContent("Question " + number + "?"))
                .setCorrection("Correction " + number + ".").setDataset(ArtifactRef.newBuilder().setManifest(manifest)).build();
        return event(model + "-event/" + number, number, given);
    }

    static Event<FeedbackGiven> event(String id, int second, FeedbackGiven given) {
        return new Event<>(id, "dev.hone.feedback.given.v1", "test", given.getModelName(), given.getModelName(), "", NOW.plusSeconds(second), "", given);
    }
}
