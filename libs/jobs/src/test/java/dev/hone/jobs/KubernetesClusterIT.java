package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.hone.v1.Resources;
import dev.hone.v1.Toleration;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher with the trainer's own rights and the templates of k8s/base, against a real API server and real Job
 * controllers in a namespace that enforces the "restricted" Pod Security Standard. Nodes are played: a pod ends as the test
 * says.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubernetesClusterIT {

    @TempDir
    static Path directory;

    private static ClusterUnderTest cluster;

    @BeforeAll
    static void start() throws Exception {
        ControlPlane.missing().ifPresent(why -> Assumptions.abort("Not tried against a real API server: " + why + "."));
        cluster = new ClusterUnderTest(ControlPlane.start(directory));
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @Test
    void givenTheTemplateOfTheBase_whenLaunched_thenThePodIsAllowedInARestrictedNamespace() throws Exception {
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(cluster.asked("restricted")));
            Pod pod = cluster.pod("train-restricted");
            assertEquals("hone-job", pod.getSpec().getServiceAccountName());
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(cluster.asked("restricted")));
        }
    }

    @Test
    void givenTheTrainersRights_whenTried_thenTheyAreNoMoreThanItNeeds() throws Exception {
        assertEquals("no", cluster.may("get", "cronjobs.batch/quantize"));
        assertEquals("yes", cluster.may("get", "cronjobs.batch/train"));
        assertEquals("yes", cluster.may("patch", "jobs.batch"));
        for (String verb : List.of("update", "deletecollection")) {
            assertEquals("no", cluster.may(verb, "jobs.batch"));
        }
        for (String what : List.of("secrets", "configmaps", "pods")) {
            assertEquals("no", cluster.may("get", what));
            assertEquals("no", cluster.may("create", what));
        }
    }

    @Test
    void givenAJobThatToldOfItsFailure_whenItsPodEndsWith64_thenNothingIsTriedAgainAndNobodyTellsItTwice() throws Exception {
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("user-error"));
            cluster.ends(cluster.pod("train-user-error"), 64, "Error", false);
            Job job = cluster.awaitTold("train-user-error");
            assertEquals(JobEnd.Kind.TOLD, JobEnd.of(job).orElseThrow().kind());
            assertTrue(cluster.toldOf("train-user-error").isEmpty());
        }
    }

    @Test
    void givenACheckpointAndAnEviction_whenPodsEnd_thenTheyCountAgainstNothingAndWorkBeginsAgain() throws Exception {
        cluster.template(template -> template.setBackoffLimit(0));
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("evicted"));
            Pod first = cluster.pod("train-evicted");
            cluster.ends(first, 75, "Error", false);
            Pod second = cluster.podAfter("train-evicted", first);
            cluster.ends(second, 137, "Error", true);
            Pod third = cluster.podAfter("train-evicted", first, second);
            cluster.ends(third, 0, "Completed", false);
            assertEquals(JobEnd.Kind.DONE, JobEnd.of(cluster.awaitTold("train-evicted")).orElseThrow().kind());
            assertTrue(cluster.toldOf("train-evicted").isEmpty());
        } finally {
            cluster.template(template -> template.setBackoffLimit(6));
        }
    }

    @Test
    void givenTwoReplicas_whenAPodIsKilledForItsMemory_thenTheyTellTheSameAndTheJobGoesItsWay() throws Exception {
        cluster.template(template -> template.setBackoffLimit(0));
        try (KubernetesJobLauncher launcher = cluster.launcher(); KubernetesJobLauncher second = cluster.launcher()) {
            launcher.launch(cluster.asked("oom"));
            cluster.ends(cluster.pod("train-oom"), 137, "OOMKilled", false);
            cluster.awaitTold("train-oom");
            cluster.plane().kubectl("-n", "hone", "delete", "job", "train-oom", "--timeout=60s");
            assertEquals(Set.of("out_of_memory"), Set.copyOf(cluster.toldOf("train-oom")));
        } finally {
            cluster.template(template -> template.setBackoffLimit(6));
        }
    }

    @Test
    void givenNobodyWatches_whenAJobFailsAndItsTimeIsOver_thenItStaysUntilItIsTold() throws Exception {
        cluster.template(template -> template.setBackoffLimit(0));
        cluster.template(template -> template.setTtlSecondsAfterFinished(1));
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("unwatched"));
        }
        cluster.ends(cluster.pod("train-unwatched"), 137, "Error", false);
        cluster.await("train-unwatched", job -> job != null && job.getMetadata().getDeletionTimestamp() != null);
        assertTrue(cluster.toldOf("train-unwatched").isEmpty());
        try (KubernetesJobLauncher again = cluster.launcher()) {
            cluster.awaitGone("train-unwatched");
            assertEquals(List.of("job_crashed"), cluster.toldOf("train-unwatched"));
        } finally {
            cluster.template(template -> template.setBackoffLimit(6));
            cluster.template(template -> template.setTtlSecondsAfterFinished(86_400));
        }
    }

    @Test
    void givenNobodyWatches_whenAJobIsDeleted_thenItIsToldWhenSomebodyDoes() throws Exception {
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("deleted"));
            cluster.pod("train-deleted");
        }
        cluster.plane().kubectl("-n", "hone", "delete", "job", "train-deleted", "--wait=false");
        try (KubernetesJobLauncher again = cluster.launcher()) {
            cluster.awaitGone("train-deleted");
            assertEquals(List.of("job_deleted"), cluster.toldOf("train-deleted"));
        }
    }

    @Test
    void givenAJobThatFailed_whenItIsAskedForLater_thenANewOneBegins() throws Exception {
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("again"));
            cluster.ends(cluster.pod("train-again"), 70, "Error", false);
            Job failed = cluster.awaitTold("train-again");
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(cluster.asked("again")));
            Instant later = JobEnd.of(failed).orElseThrow().at().orElseThrow().plusSeconds(5);
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(cluster.asked("again", later, Resources.getDefaultInstance(), "{}")));
            assertNotEquals(failed.getMetadata().getUid(), cluster.job("train-again").getMetadata().getUid());
        }
    }

    @Test
    void givenResources_whenLaunched_thenTheApiServerTakesThemAndAQueueHoldsTheJob() throws Exception {
        Resources resources = Resources.newBuilder().setGpus(2).setCpu("500m").setMemory("1.5Gi").putNodeSelector("nvidia.com/gpu.product", "NVIDIA-H100")
                .addTolerations(Toleration.newBuilder().setOperator("Exists")).setQueue("gpus").build();
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("gpu", Instant.now(), resources, "{}"));
            Job job = cluster.job("train-gpu");
            assertTrue(job.getSpec().getSuspend());
            assertEquals("2", job.getSpec().getTemplate().getSpec().getContainers().getFirst().getResources().getLimits().get("nvidia.com/gpu").toString());
            assertEquals("waits: its turn in the queue gpus", cluster.waitsFor("train-gpu"));
        }
    }

    @Test
    void givenSomethingThatNoClusterTakes_whenLaunched_thenItIsTheSendersFaultAndNotTriedAgain() {
        Resources never = Resources.newBuilder().addTolerations(Toleration.newBuilder().setKey("a b").setOperator("Exists")).build();
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            JobFailure refused = assertThrows(JobFailure.class, () -> launcher.launch(cluster.asked("refused", Instant.now(), never, "{}")));
            assertEquals("job_refused", refused.code());
            assertTrue(refused.userError());
        }
    }

    @Test
    void givenALongEvent_whenLaunched_thenThePodCarriesAllOfIt() throws Exception {
        String event = "{\"text\":\"" + "a\\\"b$(HOME) ".repeat(60_000) + "\"}";
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("long", Instant.now(), Resources.getDefaultInstance(), event));
            cluster.pod("train-long");
            assertEquals(event, JobManifest.event(cluster.job("train-long")));
        }
    }

    @Test
    @Order(Integer.MAX_VALUE)
    void givenTheApiServerGoesAway_whenItComesBack_thenLaunchingAndWatchingGoOn() throws Exception {
        try (KubernetesJobLauncher launcher = cluster.launcher()) {
            launcher.launch(cluster.asked("before"));
            Pod pod = cluster.pod("train-before");
            cluster.plane().stopApiServer();
            assertThrows(IOException.class, () -> launcher.launch(cluster.asked("after")));
            cluster.plane().startApiServer();
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(cluster.asked("after")));
            cluster.ends(pod, 64, "Error", false);
            cluster.awaitTold("train-before");
        }
    }
}
