package dev.hone.serving;

import dev.hone.artifacts.ArtifactStore;
import dev.hone.events.Event;
import dev.hone.events.EventPublisher;
import dev.hone.events.Inbox;
import dev.hone.events.Topic;
import dev.hone.v1.Deploy;
import dev.hone.v1.RunFailed;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Builds the parts, and starts and stops them in an order that never closes a model under an answer. */
@ApplicationScoped
class ServingApplication {
    private static final String SERVICE = "serving";

    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("models").factory());

    @Produces
    @Singleton
    ArtifactStore store(ServingConfig config) {
        return ArtifactStore.connect(config.store().toStoreConfig(), SERVICE);
    }

    @Produces
    @Singleton
    EventPublisher publisher(@ConfigProperty(name = "kafka.bootstrap.servers") String servers) {
        return new EventPublisher(servers, SERVICE);
    }

    @Produces
    @Singleton
    ModelRegistry registry(ModelLoader loader, EventPublisher publisher) {
        return new ModelRegistry(loader, background, (event, reason) -> publisher.publish(Topic.RUN_FAILED, failure(event, reason), event.asCause()));
    }

    private static RunFailed failure(Event<Deploy> event, String reason) {
        return RunFailed.newBuilder().setRunId(event.data().getRevision()).setModelName(event.data().getModelName()).setStage("serve")
                .setCode("model_not_loadable").setMessage(reason).setKind("error").build();
    }

    @Produces
    @Singleton
    DeployFollower follower(@ConfigProperty(name = "kafka.bootstrap.servers") String servers,
            EventPublisher publisher, ModelRegistry registry) {
        return new DeployFollower(servers, new Inbox(publisher), registry);
    }

    @Produces
    @Singleton
    ServingDesk desk(ModelRegistry registry, ServingMetrics metrics, ServingConfig config) {
        return new ServingDesk(registry, new AnswerMemory(config.serving().rememberedCharacters()),
                new AnswerPool(config.serving().concurrentAnswers(), config.serving().waitingAnswers()), metrics);
    }

    @Produces
    @Singleton
    FeedbackDesk feedbackDesk(ServingDesk desk, EventPublisher publisher) {
        return new FeedbackDesk(desk.registry(), desk.memory(), publisher);
    }

    void start(@Observes StartupEvent started, DeployFollower follower) {
        background.execute(InferenceService::compileRules);
        follower.start();
    }

    void stop(@Observes ShutdownEvent stopped, DeployFollower follower, ServingDesk desk, ServingConfig config, EventPublisher publisher) throws InterruptedException {
        follower.close();
        desk.pool().stop(config.serving().stopGrace());
        desk.registry().close();
        background.shutdown();
        background.awaitTermination(1, TimeUnit.MINUTES);
        publisher.close();
    }
}
