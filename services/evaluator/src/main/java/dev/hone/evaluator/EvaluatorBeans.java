package dev.hone.evaluator;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.jobs.JobConfig;
import dev.hone.jobs.JobLauncher;
import dev.hone.jobs.JobLaunchers;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** The libraries' objects, made from configuration. */
class EvaluatorBeans {
    static final String SERVICE = "evaluator";
    /** What this service does to a run, in run.progress and run.failed. */
    static final String STAGE = "evaluate";

    @Produces
    @Singleton
    EventPublisher publisher(@ConfigProperty(name = "kafka.bootstrap.servers") String bootstrapServers) {
        return new EventPublisher(bootstrapServers, SERVICE);
    }

    void close(@Disposes EventPublisher publisher) {
        publisher.close();
    }

    @Produces
    @Singleton
    Inbox inbox(EventPublisher publisher) {
        return new Inbox(publisher);
    }

    @Produces
    @Singleton
    JobLauncher launcher(EvaluatorConfig config, Config all, RunFailures failures) {
        JobConfig jobs = JobConfig.from(config.workDir(), key -> all.getOptionalValue(key, String.class));
        return JobLaunchers.create(jobs, STAGE, failures::lost);
    }

    void close(@Disposes JobLauncher launcher) {
        launcher.close();
    }
}
