package dev.hone.jobs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyRule;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobManifestTest {

    private static final String EVENT = "{\"id\":\"1\",\"text\":\"$(HOME)\"}";

    @Test
    void givenATemplate_whenAJobIsMade_thenWhatClustersDifferInIsTheTemplates() throws Exception {
        Job job = job(Templates.train(), Map.of());
        var pod = job.getSpec().getTemplate().getSpec();
        assertEquals("hone/trainer:0.1.0", container(job).getImage());
        assertEquals(2, job.getSpec().getBackoffLimit());
        assertEquals("research", job.getMetadata().getAnnotations().get("team"));
        assertEquals("7", job.getSpec().getTemplate().getMetadata().getLabels().get("cost-centre"));
        assertTrue(pod.getSecurityContext().getRunAsNonRoot());
        assertTrue(container(job).getSecurityContext().getReadOnlyRootFilesystem());
        assertEquals("/scratch", container(job).getVolumeMounts().getFirst().getMountPath());
        assertEquals("8Gi", container(job).getResources().getLimits().get("memory").toString());
        assertNull(job.getSpec().getSuspend());
    }

    @Test
    void givenARequest_whenAJobIsMade_thenItIsNamedLabelledAndHeldUntilItsEndIsTold() throws Exception {
        Job job = job(Templates.train(), Map.of());
        Map<String, String> labels = Map.of("app.kubernetes.io/part-of", "hone", "app.kubernetes.io/component", "job", "app.kubernetes.io/name", "train",
                "app.kubernetes.io/instance", "train-r1", "app.kubernetes.io/managed-by", "train-launcher", "hone.dev/stage", "train", "hone.dev/run-id", "r1");
        assertEquals("train-r1", job.getMetadata().getName());
        assertEquals(labels, job.getMetadata().getLabels());
        assertTrue(job.getSpec().getTemplate().getMetadata().getLabels().entrySet().containsAll(labels.entrySet()));
        assertEquals(List.of("hone.dev/told"), job.getMetadata().getFinalizers());
        assertEquals(86_400, job.getSpec().getTtlSecondsAfterFinished());
    }

    @Test
    void givenExitCodes_whenAJobIsMade_thenTheFirstRuleThatFitsIsTheRightOne() throws Exception {
        List<PodFailurePolicyRule> rules = job(Templates.train(), Map.of()).getSpec().getPodFailurePolicy().getRules();
        assertEquals(List.of("FailJob", "Ignore", "Ignore"), rules.stream().map(PodFailurePolicyRule::getAction).toList());
        assertEquals(List.of(64, 70), rules.get(0).getOnExitCodes().getValues());
        assertEquals(List.of(75), rules.get(1).getOnExitCodes().getValues());
        assertEquals("job", rules.get(1).getOnExitCodes().getContainerName());
        assertEquals("DisruptionTarget", rules.get(2).getOnPodConditions().getFirst().getType());
        assertEquals("Never", job(Templates.train(), Map.of()).getSpec().getTemplate().getSpec().getRestartPolicy());
    }

    @Test
    void givenTheServicesEnvironment_whenAJobIsMade_thenItHoldsNoSecretAndTheTemplateHasTheLastWord() throws Exception {
        Job job = job(Templates.train(), Map.of("HONE_STORE_SECRET_KEY", "s3cret", "HONE_STORE_ACCESS_KEY", "key", "KAFKA_SASL_JAAS_CONFIG", "password=x",
                "KAFKA_SSL_KEYSTORE_KEY", "-----", "HONE_STORE_BUCKET", "of-the-service", "HONE_STORE_REGION", "eu$1"));
        assertEquals(List.of("HONE_JOB_EVENT", "HONE_STORE_REGION", "HONE_STORE_SECRET_KEY", "HONE_JOB_DIR", "HONE_STORE_BUCKET"),
                container(job).getEnv().stream().map(EnvVar::getName).toList());
        assertEquals("of-the-template", container(job).getEnv().getLast().getValue());
        assertEquals("eu$$1", container(job).getEnv().get(1).getValue());
        assertFalse(job.toString().contains("s3cret"));
    }

    @Test
    void givenAnEvent_whenItIsReadFromTheJob_thenItIsTheOneThatWasSent() throws Exception {
        assertEquals(EVENT, JobManifest.event(job(Templates.train(), Map.of())));
    }

    @Test
    void givenNoCommandInTheTemplate_whenAJobIsMade_thenItIsTheServicesOwnWithAnotherMainClass() throws Exception {
        List<String> command = container(job(Templates.train(), Map.of())).getCommand();
        assertTrue(command.getFirst().endsWith("/bin/java"));
        assertEquals("some.Main", command.getLast());
    }

    @Test
    void givenACommandInTheTemplate_whenAJobIsMade_thenItIsKeptAndGetsTheMainClass() throws Exception {
        Container container = container(job(Templates.train("image: hone/trainer:0.1.0", "image: other\n              command: [/opt/run]"), Map.of()));
        assertEquals(List.of("/opt/run"), container.getCommand());
        assertEquals(List.of("some.Main"), container.getArgs());
    }

    @Test
    void givenACheckpoint_whenAJobIsMade_thenItHasTheTimeToWriteItAndAtLeastTheTemplates() throws Exception {
        assertEquals(60, grace(Templates.train(), 0));
        assertEquals(60 + 50, grace(Templates.train(), 1_000_000_000));
        assertEquals(240, grace(Templates.train("PeriodSeconds: 45", "PeriodSeconds: 240"), 1_000_000_000));
        assertEquals(1_800, grace(Templates.train(), 1_000_000_000_000L));
    }

    @Test
    void givenAQueueInTheTemplate_whenAJobIsMade_thenItStartsSuspended() throws Exception {
        Job job = job(Templates.train("annotations: {team: research}", "labels: {kueue.x-k8s.io/queue-name: hone}"), Map.of());
        assertEquals("hone", job.getMetadata().getLabels().get("kueue.x-k8s.io/queue-name"));
        assertTrue(job.getSpec().getSuspend());
    }

    private static long grace(CronJob template, long bytes) throws JobFailure {
        JobSpec spec = new JobSpec("train-r1", "some.Main", EVENT, Map.of(), new Placement("r1", Instant.EPOCH, Placement.NONE.resources(), bytes));
        return made(template, spec).getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds();
    }

    private static Job job(CronJob template, Map<String, String> environment) throws JobFailure {
        return made(template, new JobSpec("train-r1", "some.Main", EVENT, environment, new Placement("r1", Instant.EPOCH, Placement.NONE.resources(), 0)));
    }

    private static Job made(CronJob template, JobSpec spec) throws JobFailure {
        return new JobManifest(spec, JobConfig.local(Path.of("/work")), "train").over(template.getSpec().getJobTemplate());
    }

    private static Container container(Job job) {
        return job.getSpec().getTemplate().getSpec().getContainers().getFirst();
    }
}
