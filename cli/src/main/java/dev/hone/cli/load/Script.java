package dev.hone.cli.load;

import dev.hone.cli.local.Fleet;
import dev.hone.v1.DeployedRevision;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What happens to the fleet while clients ask: ten deploys of two models, two of them by way of a canary, two rollbacks, one kill. */
final class Script {
    static final String MERGED = "merged-model";
    static final String SHARED = "shared-model";
    /** The revisions that the models begin with. */
    static final String FIRST_MERGED = "m0";
    static final String FIRST_SHARED = "s0";

    private final Registry registry;
    private final Map<String, DeployedRevision> revisions;
    private final Fleet fleet;
    private final Replicas replicas;
    private final Consumer<String> say;
    private final Map<String, Long> deployedAt = new TreeMap<>();
    private int deploys;
    private int rollbacks;

    Script(Registry registry, Map<String, DeployedRevision> revisions, Fleet fleet, Replicas replicas, Consumer<String> say) {
        this.registry = registry;
        this.revisions = revisions;
        this.fleet = fleet;
        this.replicas = replicas;
        this.say = say;
    }

    private interface Step {
        void take() throws IOException, InterruptedException;
    }

    static List<String> models() {
        return List.of(MERGED, SHARED);
    }

    /** m are merged into their base, s are computed beside a base they share; as many as the steps below name. */
    static Map<String, DeployedRevision> revisions(Revisions make) throws IOException {
        Map<String, DeployedRevision> all = new TreeMap<>();
        all.put(FIRST_MERGED, make.plain(FIRST_MERGED));
        for (int i = 1; i <= 4; i++) {
            all.put("m" + i, make.adapted("m" + i, "merged", i % 2 == 0 ? "int8" : "stored"));
        }
        for (int i = 0; i <= 4; i++) {
            all.put("s" + i, make.adapted("s" + i, "unmerged", "stored"));
        }
        return all;
    }

    /** @param pause between two steps */
    void play(Duration pause) throws IOException, InterruptedException {
        List<Step> steps = new ArrayList<>(List.of(
                () -> deploy(MERGED, "m1"),
                () -> deploy(SHARED, "s1"),
                () -> canary(MERGED, "m2"),
                () -> promote(MERGED),
                () -> deploy(SHARED, "s2"),
                () -> rollBack(SHARED),
                this::kill,
                () -> deploy(MERGED, "m3"),
                () -> canary(SHARED, "s3"),
                () -> promote(SHARED),
                this::restart,
                () -> deploy(MERGED, "m4"),
                () -> rollBack(MERGED),
                () -> deploy(SHARED, "s4")));
        for (Step step : steps) {
            Thread.sleep(pause);
            step.take();
        }
        Thread.sleep(pause);
    }

    private void deploy(String model, String revision) throws InterruptedException {
        told(revision);
        registry.replace(model, revisions.get(revision));
        deploys++;
        followed(model, "deploy " + deploys + ": " + model + " " + revision);
    }

    private void canary(String model, String revision) throws InterruptedException {
        told(revision);
        registry.tryOut(model, revisions.get(revision), 30);
        deploys++;
        followed(model, "deploy " + deploys + ": " + model + " tries " + revision + " on 30 %");
    }

    private void promote(String model) throws InterruptedException {
        registry.promote(model);
        deploys++;
        followed(model, "deploy " + deploys + ": " + model + " promotes " + registry.stable(model));
    }

    private void rollBack(String model) throws InterruptedException {
        registry.rollBack(model);
        rollbacks++;
        followed(model, "rollback " + rollbacks + ": " + model + " to " + registry.stable(model));
    }

    private void told(String revision) {
        deployedAt.putIfAbsent(revision, System.nanoTime());
    }

    private void followed(String model, String what) throws InterruptedException {
        long began = System.nanoTime();
        registry.converged(model);
        say.accept(what + ", on every replica after " + (System.nanoTime() - began) / 1_000_000 + " ms");
    }

    private void kill() {
        replicas.lose(1);
        fleet.kill(1);
        say.accept("kill -9 of replica 2");
    }

    /** The replica comes back with what was deployed while it was away. */
    private void restart() throws IOException, InterruptedException {
        long began = System.nanoTime();
        fleet.restart(1);
        replicas.join(1, fleet.port(1));
        for (String model : models()) {
            registry.converged(model);
        }
        say.accept("replica 2 is back after " + (System.nanoTime() - began) / 1_000_000 + " ms, with " + registry.stable(MERGED) + " and " + registry.stable(SHARED));
    }

    /** When each revision was said on the topic, by {@link System#nanoTime}. */
    Map<String, Long> deployedAt() {
        return Map.copyOf(deployedAt);
    }
}
