package dev.hone.jobs;

import dev.hone.v1.Resources;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.authentication.TokenRequest;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestSpecBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** A namespace {@code hone} with the objects of k8s/base that a trainer needs, and a hand that ends pods. */
final class ClusterUnderTest implements AutoCloseable {

    private static final String HONE = "hone";
    private static final int PATIENCE_SECONDS = 120;

    private final ControlPlane plane;
    private final KubernetesClient admin;
    private final String token;
    private final Map<String, List<String>> told = new ConcurrentHashMap<>();
    private final Map<String, BlockingQueue<String>> waits = new ConcurrentHashMap<>();

    ClusterUnderTest(ControlPlane plane) throws Exception {
        this.plane = plane;
        this.admin = plane.admin();
        plane.kubectl("create", "namespace", HONE);
        plane.kubectl("label", "namespace", HONE, "pod-security.kubernetes.io/enforce=restricted");
        String base = plane.kubectl("kustomize", root().resolve("k8s/base").toString());
        Path file = Files.createTempFile("hone-base", ".yaml");
        try {
            Files.writeString(file, base);
            plane.kubectl("-n", HONE, "apply", "--validate=strict", "-f", file.toString());
        } finally {
            Files.delete(file);
        }
        TokenRequest asked = new TokenRequest();
        asked.setSpec(new TokenRequestSpecBuilder().withExpirationSeconds(3_600L).build());
        this.token = admin.serviceAccounts().inNamespace(HONE).withName("trainer").tokenRequest(asked).getStatus().getToken();
    }

    private static Path root() {
        String given = System.getProperty("hone.root");
        return given != null ? Path.of(given) : Path.of("../..").toAbsolutePath().normalize();
    }

    ControlPlane plane() {
        return plane;
    }

    KubernetesJobLauncher launcher() {
        JobConfig config = JobConfig.from(Path.of("/work"), key -> Optional.empty());
        return new KubernetesJobLauncher(plane.client(token), config, "train", new JobFailureListener() {
            @Override
            public void lost(String job, String event, JobFailure failure) {
                told.computeIfAbsent(job, name -> new CopyOnWriteArrayList<>()).add(failure.code());
            }

            @Override
            public void waits(String job, String event, String why) {
                waitsOf(job).add(why);
            }
        }, Duration.ofSeconds(1));
    }

    JobSpec asked(String run) {
        return asked(run, Instant.EPOCH, Resources.getDefaultInstance(), "{\"id\":\"1\"}");
    }

    JobSpec asked(String run, Instant at, Resources resources, String event) {
        return new JobSpec("train-" + run, "some.Main", event, Map.of("HONE_STORE_SECRET_KEY", "never"), new Placement(run, at, resources, 1_000_000_000));
    }

    /** The answer of {@code kubectl auth can-i} for the trainer's service account. */
    String may(String verb, String what) throws Exception {
        try {
            return plane.kubectl("-n", HONE, "--as=system:serviceaccount:hone:trainer", "auth", "can-i", verb, what).strip();
        } catch (IOException e) {
            // "no" is told by the exit code, too
            return e.getMessage().lines().reduce((first, last) -> last).orElse("").replaceFirst(".*: ", "").strip();
        }
    }

    void template(Consumer<io.fabric8.kubernetes.api.model.batch.v1.JobSpec> change) {
        admin.batch().v1().cronjobs().inNamespace(HONE).withName("train").edit(template -> {
            change.accept(template.getSpec().getJobTemplate().getSpec());
            return template;
        });
    }

    List<String> toldOf(String job) {
        return told.getOrDefault(job, List.of());
    }

    String waitsFor(String job) throws InterruptedException {
        return waitsOf(job).poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private BlockingQueue<String> waitsOf(String job) {
        return waits.computeIfAbsent(job, name -> new LinkedBlockingQueue<>());
    }

    Job job(String name) {
        return admin.batch().v1().jobs().inNamespace(HONE).withName(name).get();
    }

    Job awaitTold(String name) throws InterruptedException {
        await(name, job -> job != null && JobSettlement.isTold(job) && job.getMetadata().getFinalizers().isEmpty());
        return job(name);
    }

    void awaitGone(String name) throws InterruptedException {
        await(name, job -> job == null);
    }

    void await(String name, Predicate<Job> wanted) throws InterruptedException {
        Job last = null;
        for (int tries = 0; tries < PATIENCE_SECONDS * 4; tries++) {
            last = job(name);
            if (wanted.test(last)) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
        throw new AssertionError("Job " + name + " did not become what was awaited, found " + last);
    }

    Pod pod(String job) throws InterruptedException {
        return podAfter(job);
    }

    /** Another pod of the Job than these. */
    Pod podAfter(String job, Pod... former) throws InterruptedException {
        List<String> known = Arrays.stream(former).map(pod -> pod.getMetadata().getUid()).toList();
        for (int tries = 0; tries < PATIENCE_SECONDS * 4; tries++) {
            Optional<Pod> found = admin.pods().inNamespace(HONE).withLabel("batch.kubernetes.io/job-name", job).list().getItems().stream()
                    .filter(pod -> !known.contains(pod.getMetadata().getUid())).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
        throw new AssertionError("no pod for " + job + ", found " + job(job));
    }

    /** As a kubelet reports it. */
    void ends(Pod pod, int exitCode, String reason, boolean disrupted) {
        admin.pods().inNamespace(HONE).withName(pod.getMetadata().getName()).editStatus(now -> {
            PodStatusBuilder status = new PodStatusBuilder().withPhase(exitCode == 0 ? "Succeeded" : "Failed").withStartTime(now.getMetadata().getCreationTimestamp())
                    .addNewContainerStatus().withName("job").withImage("hone/trainer:0.1.0").withImageID("").withReady(false).withRestartCount(0)
                    .withNewState().withNewTerminated().withExitCode(exitCode).withReason(reason).endTerminated().endState().endContainerStatus();
            if (disrupted) {
                status.addNewCondition().withType("DisruptionTarget").withStatus("True").withReason("EvictionByEvictionAPI").endCondition();
            }
            return now.edit().withStatus(status.build()).build();
        });
    }

    @Override
    public void close() {
        admin.close();
        plane.close();
    }
}
