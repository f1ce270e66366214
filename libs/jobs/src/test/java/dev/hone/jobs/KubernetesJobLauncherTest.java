package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true)
class KubernetesJobLauncherTest {

    private static final Instant ASKED = Instant.parse("2026-01-01T12:00:00Z");
    private static final Map<String, String> SETTINGS = Map.of("hone.jobs.launcher", "kubernetes", "hone.jobs.kubernetes.namespace", "hone");

    KubernetesClient client;

    private final BlockingQueue<String> lost = new LinkedBlockingQueue<>();
    private final AtomicBoolean brokerAway = new AtomicBoolean();

    @BeforeEach
    void template() {
        client.batch().v1().cronjobs().inNamespace("hone").resource(Templates.train()).createOr(existing -> existing.update());
    }

    @Test
    void givenTheTemplate_whenLaunched_thenItsJobIsThere() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(asked(ASKED)));
            assertEquals("hone/trainer:0.1.0", job().getSpec().getTemplate().getSpec().getContainers().getFirst().getImage());
        }
    }

    @Test
    void givenNoTemplate_whenLaunched_thenItIsTriedAgainLaterAndTheErrorSaysWhatToDo() {
        client.batch().v1().cronjobs().inNamespace("hone").withName("train").delete();
        try (KubernetesJobLauncher launcher = launcher()) {
            IOException away = assertThrows(IOException.class, () -> launcher.launch(asked(ASKED)));
            assertTrue(away.getMessage().startsWith("Expected the CronJob train in namespace hone"), away.getMessage());
        }
    }

    @Test
    void givenATemplateWithoutTheContainer_whenLaunched_thenTheErrorNamesWhatItFound() {
        CronJob other = Templates.train("- name: job", "- name: main");
        client.batch().v1().cronjobs().inNamespace("hone").resource(other).update();
        try (KubernetesJobLauncher launcher = launcher()) {
            assertTrue(assertThrows(IOException.class, () -> launcher.launch(asked(ASKED))).getMessage().contains("[main]"));
        }
    }

    @Test
    void givenAJobThatGoesOn_whenLaunchedAgain_thenThatIsSuccess() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            String uid = job().getMetadata().getUid();
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(asked(ASKED.plusSeconds(60))));
            assertEquals(uid, job().getMetadata().getUid());
        }
    }

    @Test
    void givenAJobThatFailed_whenTheSameRequestComesAgain_thenItIsNotTriedAgain() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            fail("PodFailurePolicy", ASKED.plusSeconds(60));
            awaitTold();
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(asked(ASKED)));
        }
    }

    @Test
    void givenAJobThatFailed_whenItIsAskedForLater_thenItIsTriedAgain() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            String uid = job().getMetadata().getUid();
            fail("BackoffLimitExceeded", ASKED.plusSeconds(60));
            awaitTold();
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(asked(ASKED.plusSeconds(120))));
            assertFalse(job().getMetadata().getUid().equals(uid));
            assertEquals("train-r1 job_crashed", lost.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void givenAnEndThatCannotBeToldYet_whenItIsAskedForLater_thenTheOldOneIsNotForgotten() throws Exception {
        brokerAway.set(true);
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            fail("BackoffLimitExceeded", ASKED.plusSeconds(60));
            assertThrows(IOException.class, () -> launcher.launch(asked(ASKED.plusSeconds(120))));
            assertEquals(1, job().getMetadata().getFinalizers().size());

            brokerAway.set(false);
            assertEquals("train-r1 job_crashed", lost.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void givenTheClusterGivesUp_whenTheReasonIsNotTheJobsOwn_thenItIsToldAndThenLetGo() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            fail("BackoffLimitExceeded", ASKED);
            assertEquals("train-r1 job_crashed", lost.poll(20, TimeUnit.SECONDS));
            awaitTold();
            assertFalse(String.valueOf(job().getMetadata().getFinalizers()).contains("hone.dev/told"));
        }
    }

    @Test
    void givenAJobThatToldItself_whenTheClusterReportsIt_thenItIsLetGoWithoutAWord() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
            fail("PodFailurePolicy", ASKED);
            awaitTold();
            assertTrue(lost.isEmpty());
        }
    }

    @Test
    void givenAJobDeletedWhileNobodyWatched_whenTheServiceComesBack_thenItIsToldAndGone() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(asked(ASKED));
        }
        client.batch().v1().jobs().inNamespace("hone").withName("train-r1").delete();
        try (KubernetesJobLauncher again = launcher()) {
            assertEquals("train-r1 job_deleted", lost.poll(20, TimeUnit.SECONDS));
        }
    }

    private void awaitTold() throws InterruptedException {
        client.batch().v1().jobs().inNamespace("hone").withName("train-r1").waitUntilCondition(JobSettlement::isTold, 20, TimeUnit.SECONDS);
    }

    private void fail(String reason, Instant at) {
        client.batch().v1().jobs().inNamespace("hone").withName("train-r1").editStatus(job -> job.edit().withNewStatus()
                .addNewCondition().withType("Failed").withStatus("True").withReason(reason).withMessage("too often").withLastTransitionTime(at.toString()).endCondition()
                .endStatus().build());
    }

    private Job job() {
        return client.batch().v1().jobs().inNamespace("hone").withName("train-r1").get();
    }

    private static JobSpec asked(Instant at) {
        return new JobSpec("train-r1", "some.Main", "{\"id\":\"1\"}", Map.of("K", "v"), new Placement("r1", at, Placement.NONE.resources(), 0));
    }

    private KubernetesJobLauncher launcher() {
        JobConfig config = JobConfig.from(Path.of("/work"), key -> Optional.ofNullable(SETTINGS.get(key)));
        // close() closes the launcher's client; the mock's own stays for the next call of this test.
        KubernetesClient own = new KubernetesClientBuilder().withConfig(client.getConfiguration()).build();
        return new KubernetesJobLauncher(own, config, "train", (job, event, failure) -> {
            if (brokerAway.get()) {
                throw new IllegalStateException("no broker");
            }
            lost.add(job + " " + failure.code());
        }, Duration.ofMillis(200));
    }
}
