package dev.hone.cli.models;

import dev.hone.artifacts.ManifestRef;
import dev.hone.cli.chat.InferenceClient;
import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Endpoints;
import dev.hone.events.Cause;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.v1.ArtifactRef;
import dev.hone.v1.Deploy;
import dev.hone.v1.ServedModel;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** What a person may say to serving: by the deploy topic, like everybody else. */
public final class Deployments {
    /** The label under which an untouched base model answers. */
    public static final String BASE_REVISION = "base";

    private Deployments() {}

    public static void deployBase(Endpoints endpoints, String name, ManifestRef ref) {
        try (EventPublisher publisher = publisher(endpoints)) {
            publisher.publish(Topic.DEPLOY, Deploy.newBuilder().setModelName(name).setRevision(BASE_REVISION).setBaseModel(name)
                    .setModel(ArtifactRef.newBuilder().setManifest(ref.key()).setSha256(ref.sha256())).build(),
                    Cause.outside(UUID.randomUUID().toString()));
        }
    }

    public static void withdraw(Endpoints endpoints, String name) {
        try (EventPublisher publisher = publisher(endpoints)) {
            publisher.withdraw(Topic.DEPLOY, name);
        }
    }

    /** @throws Failure when serving does not answer with this revision in time, or could not load it */
    public static void awaitServing(InferenceClient client, String model, String revision, Duration patience) throws InterruptedException {
        Instant end = Instant.now().plus(patience);
        while (Instant.now().isBefore(end)) {
            Optional<ServedModel> served = client.models().stream().filter(m -> m.getName().equals(model) && m.getRevision().equals(revision)).findFirst();
            if (served.filter(m -> m.getState().equals("serving")).isPresent()) {
                return;
            }
            served.filter(m -> m.getState().equals("failed")).ifPresent(m -> {
                throw new Failure("Serving could not load " + model + ": " + m.getMessage());
            });
            Thread.sleep(100);
        }
        throw new Failure("Expected serving to answer as " + model + " revision " + revision + " within " + patience.toSeconds() + " s, found that it does not.");
    }

    private static EventPublisher publisher(Endpoints endpoints) {
        return new EventPublisher(endpoints.broker(), Topic.Writers.OTHERS);
    }
}
