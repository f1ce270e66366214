package dev.hone.trainer;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.jobs.JobConfig;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobLaunchers;
import dev.hone.telemetry.meters.EventMeters;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;

/** The libraries' objects, made from configuration. */
class TrainerBeans {

    static final String SERVICE = "trainer";

    @Produces
    @Singleton
    ArtifactStore store(TrainerConfig config) {
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
    JobLauncher launcher(TrainerConfig config, Config all, RunFailures failures) {
        JobConfig jobs = JobConfig.from(config.workDir(), key -> all.getOptionalValue(key, String.class));
        return JobLaunchers.create(jobs, RunFailures.TRAIN, failures);
    }

    void close(@Disposes JobLauncher launcher) {
        launcher.close();
    }
}
