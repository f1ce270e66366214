package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@EnableKubernetesMockClient(crud = true)
class KubernetesJobLauncherTest {

    private static final JobSpec SPEC = new JobSpec("train-r1", "some.Main", "{\"id\":\"1\"}", Map.of("K", "v"));

    KubernetesClient client;

    private final Map<String, String> settings = new HashMap<>(Map.of(
            "hone.jobs.launcher", "kubernetes", "hone.jobs.kubernetes.namespace", "hone", "hone.jobs.kubernetes.image", "hone/trainer:0.1.0"));
    private final BlockingQueue<String> lost = new LinkedBlockingQueue<>();

    @BeforeEach
    void clean() {
        client.batch().v1().jobs().inNamespace("hone").delete();
    }

    @Test
    void givenSpec_whenLaunched_thenTheJobHasItsNameEventAndExitCodes() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            assertEquals(LaunchResult.LAUNCHED, launcher.launch(SPEC));

            Job job = created();
            Container container = job.getSpec().getTemplate().getSpec().getContainers().getFirst();
            assertEquals("train", job.getMetadata().getLabels().get("hone.dev/stage"));
            assertEquals("hone/trainer:0.1.0", container.getImage());
            assertEquals("some.Main", container.getCommand().getLast());
            assertEquals("{\"id\":\"1\"}", container.getEnv().stream().filter(e -> e.getName().equals("HONE_JOB_EVENT")).findFirst().orElseThrow().getValue());
            assertEquals("Never", job.getSpec().getTemplate().getSpec().getRestartPolicy());
            assertEquals(List.of(64, 70), job.getSpec().getPodFailurePolicy().getRules().getFirst().getOnExitCodes().getValues());
            assertEquals("FailJob", job.getSpec().getPodFailurePolicy().getRules().getFirst().getAction());
            assertFalse(container.getResources().getLimits().containsKey("nvidia.com/gpu"));
            assertFalse(job.getSpec().getSuspend());
        }
    }

    @Test
    void givenSecretOfTheNamespace_whenLaunched_thenTheManifestRefersToItAndDoesNotRepeatIt() throws Exception {
        settings.put("hone.jobs.kubernetes.environment-from", "hone");
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(new JobSpec("train-r1", "some.Main", "{}", Map.of("HONE_STORE_SECRET_KEY", "s3cret", "HONE_STORE_BUCKET", "hone")));

            Container container = created().getSpec().getTemplate().getSpec().getContainers().getFirst();
            assertEquals(List.of("HONE_JOB_EVENT", "HONE_STORE_BUCKET"), container.getEnv().stream().map(e -> e.getName()).toList());
            assertEquals("hone", container.getEnvFrom().getLast().getSecretRef().getName());
        }
    }

    @Test
    void givenSpec_whenLaunched_thenThePodIsUnprivilegedAndWritesToScratchOnly() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(SPEC);

            var pod = created().getSpec().getTemplate().getSpec();
            Container container = pod.getContainers().getFirst();
            assertTrue(pod.getSecurityContext().getRunAsNonRoot());
            assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
            assertTrue(container.getSecurityContext().getReadOnlyRootFilesystem());
            assertEquals(List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
            assertEquals(List.of("/scratch", "/tmp"), container.getVolumeMounts().stream().map(mount -> mount.getMountPath()).toList());
        }
    }

    @Test
    void givenJobIsThere_whenLaunchedAgain_thenThatIsSuccess() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(SPEC);
            assertEquals(LaunchResult.ALREADY_EXISTS, launcher.launch(SPEC));
            assertEquals(1, client.batch().v1().jobs().inNamespace("hone").list().getItems().size());
        }
    }

    @Test
    void givenGpuAndQueue_whenLaunched_thenTheJobAsksForBoth() throws Exception {
        settings.put("hone.jobs.kubernetes.gpus", "1");
        settings.put("hone.jobs.kubernetes.queue", "gpus");
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(SPEC);

            Job job = created();
            assertEquals("gpus", job.getMetadata().getLabels().get("kueue.x-k8s.io/queue-name"));
            assertTrue(job.getSpec().getSuspend());
            assertEquals(new Quantity("1"), job.getSpec().getTemplate().getSpec().getContainers().getFirst().getResources().getLimits().get("nvidia.com/gpu"));
        }
    }

    @Test
    void givenClusterGivesUp_whenTheReasonIsNotTheJobsOwn_thenItIsLostAndSaidSo() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(SPEC);
            fail("BackoffLimitExceeded");

            assertEquals("train-r1 {\"id\":\"1\"} job_crashed", lost.poll(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void givenJobToldOfItsFailure_whenTheClusterReportsIt_thenNobodyTellsItAgain() throws Exception {
        try (KubernetesJobLauncher launcher = launcher()) {
            launcher.launch(SPEC);
            fail("PodFailurePolicy");

            assertEquals(null, lost.poll(500, TimeUnit.MILLISECONDS));
        }
    }

    private void fail(String reason) {
        client.batch().v1().jobs().inNamespace("hone").withName("train-r1").editStatus(job -> job.edit().withNewStatus()
                .addNewCondition().withType("Failed").withStatus("True").withReason(reason).withMessage("too often").endCondition()
                .endStatus().build());
    }

    private Job created() {
        return client.batch().v1().jobs().inNamespace("hone").withName("train-r1").get();
    }

    private KubernetesJobLauncher launcher() {
        JobConfig config = JobConfig.from(Path.of("/tmp"), key -> Optional.ofNullable(settings.get(key)));
        // close() closes the launcher's client; the mock's own stays for the next call of this test.
        KubernetesClient own = new io.fabric8.kubernetes.client.KubernetesClientBuilder().withConfig(client.getConfiguration()).build();
        return new KubernetesJobLauncher(own, config, "train", (job, event, failure) -> lost.add(job + " " + event + " " + failure.code()));
    }
}
