package dev.hone.serving;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.artifacts.CorruptArtifact;
import dev.hone.artifacts.ManifestRef;
import dev.hone.events.Deployments;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.KafkaSettings;
import dev.hone.events.Topic;
import dev.hone.llm.engine.Engine;
import dev.hone.llm.engine.EngineSettings;
import dev.hone.llm.engine.Engines;
import dev.hone.serving.answer.Answers;
import dev.hone.serving.answering.AnswerLog;
import dev.hone.serving.answering.EngineAnswers;
import dev.hone.serving.feedback.AnswerIds;
import dev.hone.serving.feedback.AnswerMemory;
import dev.hone.serving.feedback.FeedbackDesk;
import dev.hone.serving.models.AdapterCache;
import dev.hone.serving.models.StoredModels;
import dev.hone.serving.operations.ObservedAnswers;
import dev.hone.serving.operations.ReplicaState;
import dev.hone.serving.operations.ServingMeters;
import dev.hone.serving.registry.ModelRegistry;
import dev.hone.serving.registry.RegistryListener;
import dev.hone.serving.registry.SharedLoader;
import dev.hone.telemetry.meters.EventMeters;
import dev.hone.v1.Deploy;
import dev.hone.v1.RunFailed;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.trace.Tracer;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import org.eclipse.microprofile.config.Config;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds the parts, and starts and stops them in an order that never closes a model under an answer. */
@ApplicationScoped
class ServingApplication {
    private static final Logger LOG = LoggerFactory.getLogger(ServingApplication.class);
    private static final String SERVICE = "serving";
    private static final long MIB = 1 << 20;

    @Produces
    @Singleton
    ArtifactStore store(ServingConfig config) {
        return ArtifactStore.connect(config.storeConfig(), SERVICE);
    }

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

    @Produces
    @Singleton
    ServingThreads threads(ServingConfig config) {
        return new ServingThreads(config.serving());
    }

    @Produces
    @Singleton
    Engine engine(ServingConfig config, ServingMeters meters) {
        ServingConfig.Engine settings = config.serving().engine();
        int threads = settings.threads() == 0 ? Runtime.getRuntime().availableProcessors() : settings.threads();
        Engine engine = Engines.start(new EngineSettings(threads, settings.cacheMib() * MIB, config.serving().concurrentAnswers(),
                config.serving().waitingAnswers(), settings.stepTokens()), meters);
        meters.watch(engine::status);
        return engine;
    }

    @Produces
    @Singleton
    ModelRegistry registry(ArtifactStore store, Engine engine, ServingThreads threads, EventPublisher publisher, ServingMeters meters, ServingConfig config) {
        StoredModels source = new StoredModels(store, engine, config.workDir().resolve("models"));
        ServingConfig.Adapters adapters = config.serving().adapters();
        AdapterCache cache = new AdapterCache(source, threads.adapters(), new AdapterCache.Limits(adapters.memoryMib() * MIB, adapters.most()), told(meters));
        return new ModelRegistry(new SharedLoader(source, cache, meters), threads.models(), told(publisher), meters);
    }

    private static AdapterCache.Observer told(ServingMeters meters) {
        return new AdapterCache.Observer() {
            @Override
            public void loaded(ManifestRef adapter, long bytes, long nanos) {
                meters.adapterLoaded(adapter.key(), bytes, Duration.ofNanos(nanos));
            }

            @Override
            public void evicted(ManifestRef adapter, long bytes) {
                meters.adapterEvicted(adapter.key(), bytes);
            }
        };
    }

    private static RegistryListener told(EventPublisher publisher) {
        return new RegistryListener() {
            @Override
            public void unservable(Event<Deploy> record, String revision, String reason, Throwable cause) {
                String code = cause instanceof CorruptArtifact refused ? refused.code() : "model_not_loadable";
                publisher.publish(Topic.RUN_FAILED, failure(record, revision, code, reason), record.asCause());
            }

            /** All replicas may say it, with one id: each is caused by the same record. */
            @Override
            public void failedTrial(Event<Deploy> record, String reason) {
                String candidate = record.data().getCandidate().getRevision().getRevision();
                publisher.publish(Topic.DEPLOY, Deployments.withoutCandidate(record.data(), "Candidate " + candidate + " is withdrawn. " + reason), record.asCause());
                publisher.publish(Topic.RUN_FAILED, failure(record, candidate, "candidate_below_bounds", reason), record.asCause());
            }
        };
    }

    private static RunFailed failure(Event<Deploy> record, String revision, String code, String reason) {
        return RunFailed.newBuilder().setRunId(revision).setModelName(record.data().getModelName()).setStage("serve")
                .setCode(code).setMessage(reason).setKind("error").build();
    }

    @Produces
    @Singleton
    AnswerIds answerIds(ServingConfig config) {
        return config.serving().answerIdSecret().map(secret -> AnswerIds.of(secret, Clock.systemUTC())).orElseGet(() -> {
            LOG.warn("hone.serving.answer-id-secret is not set: feedback is taken on this replica's own answers only, until it is started anew");
            return AnswerIds.ofThisProcess(Clock.systemUTC());
        });
    }

    @Produces
    @Singleton
    AnswerMemory memory(ServingConfig config) {
        return new AnswerMemory(config.serving().rememberedCharacters());
    }

    @Produces
    @Singleton
    FeedbackDesk feedbackDesk(ModelRegistry registry, AnswerIds ids, AnswerMemory memory, EventPublisher publisher) {
        return new FeedbackDesk(registry, ids, memory, (feedback, cause) -> publisher.publish(Topic.FEEDBACK, feedback, cause));
    }

    @Produces
    @Singleton
    Answers answers(Engine engine, ModelRegistry registry, AnswerIds ids, AnswerMemory memory, ServingThreads threads, ServingMeters meters,
            ReplicaState state, Tracer tracer, ServingConfig config) {
        AnswerLog log = AnswerLogs.of(config.serving().answerLog(), threads.log());
        EngineAnswers.Settings settings = new EngineAnswers.Settings(threads.prompts(), threads.shadows(),
                config.serving().concurrentAnswers() / 2, config.serving().adapters().longestWait());
        return ObservedAnswers.around(new EngineAnswers(engine, registry, ids, memory, log, meters, settings), meters, state, tracer);
    }

    @Produces
    @Singleton
    Followers followers(KafkaSettings kafka, EventPublisher publisher, ModelRegistry registry, FeedbackDesk desk, MeterRegistry meters) {
        TopicFollower feedback = FeedbackFollower.of(kafka, desk, registry, Clock.systemUTC());
        return new Followers(DeployFollower.of(kafka, new Inbox(publisher, new EventMeters(meters, SERVICE)), registry, feedback::start), feedback);
    }

    void start(@Observes StartupEvent started, Followers followers) {
        followers.deploy().start();
    }

    /** By now the engine is drained: see {@link Operations}. */
    void stop(@Observes ShutdownEvent stopped, Followers followers, ModelRegistry registry, Engine engine, ServingThreads threads, EventPublisher publisher) throws InterruptedException {
        followers.deploy().close();
        followers.feedback().close();
        registry.close();
        threads.close();
        engine.close();
        publisher.close();
    }
}
