package dev.hone.quantizer;

import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.jobs.JobConfig;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobLaunchers;
import dev.hone.telemetry.meters.EventMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;

/** The libraries' objects, made from configuration. */
class QuantizerBeans {

    static final String SERVICE = "quantizer";
    /** Jobs that may train with rounded weights: keys {@code hone.jobs.qat.*} come before {@code hone.jobs.*}. */
    static final String QAT = "qat";

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
    RunFailures failures(EventPublisher publisher) {
        return new RunFailures(publisher);
    }

    @Produces
    @Singleton
    JobLauncher launcher(QuantizerConfig config, Config all, RunFailures failures) {
        JobConfig jobs = JobConfig.from(config.workDir(), key -> all.getOptionalValue(key, String.class));
        return JobLaunchers.create(jobs, RunFailures.QUANTIZE, failures);
    }

    @Produces
    @Singleton
    @Identifier(QAT)
    JobLauncher trainings(QuantizerConfig config, Config all, RunFailures failures) {
        JobConfig jobs = JobConfig.ofKind(QAT, config.workDir(), key -> all.getOptionalValue(key, String.class));
        return JobLaunchers.create(jobs, QAT, failures);
    }

    void close(@Disposes JobLauncher launcher) {
        launcher.close();
    }

    void closeTrainings(@Disposes @Identifier(QAT) JobLauncher launcher) {
        launcher.close();
    }
}
