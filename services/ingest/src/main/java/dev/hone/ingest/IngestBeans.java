package dev.hone.ingest;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.datasets.SplitShares;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.ingest.feedback.FeedbackLogs;
import dev.hone.ingest.feedback.FeedbackLoop;
import dev.hone.ingest.feedback.FeedbackRules;
import dev.hone.ingest.intake.Announcer;
import dev.hone.ingest.intake.BaseModels;
import dev.hone.ingest.intake.Intake;
import dev.hone.ingest.intake.WorkSpace;
import dev.hone.telemetry.meters.EventMeters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Clock;
import org.eclipse.microprofile.config.Config;

/** The objects below this package, made from configuration. */
class IngestBeans {

    static final String SERVICE = "ingest";

    @Produces
    @Singleton
    ArtifactStore store(IngestConfig config) {
        return ArtifactStore.connect(config.storeConfig(), SERVICE);
    }

    /** As the channels are configured. */
    @Produces
    @Singleton
    KafkaSettings kafka(Config all) {
        return KafkaSettings.fromConfiguration(all.getPropertyNames(), key -> all.getOptionalValue(key, String.class));
    }

    @Produces
    @Singleton
    EventPublisher publisher(KafkaSettings kafka) {
        return new EventPublisher(kafka, SERVICE);
    }

    void close(@Disposes EventPublisher publisher) {
        publisher.close();
    }

    @Produces
    @Singleton
    Inbox inbox(EventPublisher publisher, MeterRegistry meters) {
        return new Inbox(publisher, new EventMeters(meters, SERVICE));
    }

    @Produces
    @Singleton
    WorkSpace work(IngestConfig config) throws IOException {
        return new WorkSpace(config.workDir().resolve("files"));
    }

    @Produces
    @Singleton
    BaseModels bases(ArtifactStore store, IngestConfig config) {
        return new BaseModels(store, config.workDir().resolve("base"));
    }

    @Produces
    @Singleton
    Announcer announcer(ArtifactStore store, EventPublisher publisher) {
        return new Announcer(store, publisher);
    }

    @Produces
    @Singleton
    Intake intake(ArtifactStore store, BaseModels bases, Announcer announcer, WorkSpace work, IngestConfig config) {
        SplitShares shares = new SplitShares(config.ingest().validationShare(), config.ingest().testShare());
        return new Intake(store, bases, announcer, shares, work);
    }

    @Produces
    @Singleton
    FeedbackLogs feedbackLogs(ArtifactStore store, IngestConfig config) {
        return new FeedbackLogs(store, config.ingest().feedback().maxLiked());
    }

    @Produces
    @Singleton
    FeedbackLoop feedbackLoop(ArtifactStore store, FeedbackLogs logs, BaseModels bases, Announcer announcer, WorkSpace work, IngestConfig config) {
        IngestConfig.Feedback feedback = config.ingest().feedback();
        FeedbackRules rules = new FeedbackRules(feedback.minCount(), feedback.maxAge(), feedback.minInterval(), feedback.maxCount(), feedback.maxLiked(),
                feedback.weight(), feedback.replaceIdenticalAnswers(), feedback.replaceMinWords());
        return new FeedbackLoop(store, logs, bases, announcer, rules, work, Clock.systemUTC());
    }
}
