package dev.hone.cli.load;

import dev.hone.cli.console.Failure;
import dev.hone.cli.home.Endpoints;
import dev.hone.cli.load.Replicas.Replica;
import dev.hone.events.Cause;
import dev.hone.events.Deployments;
import dev.hone.events.EventPublisher;
import dev.hone.events.Topic;
import dev.hone.v1.Candidate;
import dev.hone.v1.Deploy;
import dev.hone.v1.DeployedRevision;
import dev.hone.v1.ServedModel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** What is deployed, said on the deploy topic, and whether every replica that is up has followed. */
final class Registry implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final EventPublisher publisher;
    private final Replicas replicas;
    private final Map<String, Deploy> now = new HashMap<>();

    Registry(Endpoints endpoints, Replicas replicas) {
        publisher = new EventPublisher(endpoints.broker(), Topic.Writers.OTHERS);
        this.replicas = replicas;
    }

    void first(String model, DeployedRevision revision) {
        publish(Deployments.of(model, revision));
    }

    void replace(String model, DeployedRevision revision) {
        change(model, deploy -> Deployments.replaced(deploy, revision, "load test"));
    }

    void tryOut(String model, DeployedRevision revision, int percent) {
        change(model, deploy -> Deployments.tried(deploy, Candidate.newBuilder().setRevision(revision).setPercent(percent).build(), "load test"));
    }

    void promote(String model) {
        change(model, deploy -> Deployments.promoted(deploy, "load test"));
    }

    void rollBack(String model) {
        change(model, deploy -> Deployments.rolledBack(deploy, "load test"));
    }

    private void change(String model, UnaryOperator<Deploy> change) {
        publish(change.apply(now.get(model)));
    }

    private void publish(Deploy deploy) {
        publisher.publish(Topic.DEPLOY, deploy, Cause.outside(UUID.randomUUID().toString()));
        now.put(deploy.getModelName(), deploy);
    }

    String stable(String model) {
        return now.get(model).getRevision();
    }

    /** Waits until each replica that is up answers with what was said last. @throws Failure if one cannot or does not in time */
    void converged(String model) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (Replica replica : replicas.up()) {
            while (!replica.isKilled() && !follows(replica, now.get(model))) {
                if (System.nanoTime() > end) {
                    throw new Failure("Expected replica " + (replica.number() + 1) + " to answer as " + model + " revision " + stable(model) + " within " + PATIENCE.toMinutes() + " minutes, found " + seen(replica, model) + ".");
                }
                Thread.sleep(50);
            }
        }
    }

    private static boolean follows(Replica replica, Deploy deploy) {
        Optional<ServedModel> model = seen(replica, deploy.getModelName());
        model.filter(m -> m.getState().equals("failed")).ifPresent(m -> {
            throw new Failure("Replica " + (replica.number() + 1) + " could not load " + deploy.getModelName() + ": " + m.getMessage());
        });
        boolean stable = model.filter(m -> m.getRevision().equals(deploy.getRevision()) && m.getState().equals("serving")).isPresent();
        return stable && (!deploy.hasCandidate() || model.get().getRevisionsList().stream()
                .anyMatch(r -> r.getRevision().equals(deploy.getCandidate().getRevision().getRevision()) && r.getRole().equals("candidate") && r.getState().equals("serving")));
    }

    private static Optional<ServedModel> seen(Replica replica, String model) {
        try {
            return replica.model(model);
        } catch (StatusRuntimeException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        publisher.close();
    }
}
