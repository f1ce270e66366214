package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.JobTemplateSpec;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirementBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The {@code batch/v1} Job of a {@link JobSpec}: the template, and over it what this job alone has. */
final class JobManifest {

    static final String STAGE = "hone.dev/stage";
    static final String RUN = "hone.dev/run-id";
    /** As a finalizer it holds a Job until its end is on Kafka; as a label it is on a Job whose end is, and nobody watches it any more. */
    static final String TOLD = "hone.dev/told";
    static final String QUEUE = "kueue.x-k8s.io/queue-name";

    private static final int SECONDS_TO_LIVE = 86_400;
    /** What a manifest never holds: more people may read it than a Secret. The template refers to Secrets. */
    private static final Pattern CREDENTIAL = Pattern.compile(".*(ACCESS_KEY|SECRET|PASSWORD|TOKEN|JAAS|KEYSTORE_KEY|CERTIFICATE).*");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");

    private final JobSpec spec;
    private final JobConfig config;
    private final String stage;

    JobManifest(JobSpec spec, JobConfig config, String stage) {
        this.spec = spec;
        this.config = config;
        this.stage = stage;
    }

    /** @throws JobFailure when no Job could carry the request */
    Job over(JobTemplateSpec template) throws JobFailure {
        Job job = new JobBuilder().withMetadata(metadata(template.getMetadata())).withSpec(template.getSpec()).build();
        job.getSpec().setPodFailurePolicy(failurePolicy());
        if (job.getSpec().getTtlSecondsAfterFinished() == null) {
            job.getSpec().setTtlSecondsAfterFinished(SECONDS_TO_LIVE);
        }
        if (job.getMetadata().getLabels().containsKey(QUEUE)) {
            // a Job with a queue label starts suspended, and Kueue lets it go when there is room
            job.getSpec().setSuspend(true);
        }
        layOver(job.getSpec().getTemplate());
        return job;
    }

    private ObjectMeta metadata(ObjectMeta template) {
        ObjectMetaBuilder metadata = new ObjectMetaBuilder().withName(spec.name()).addToFinalizers(TOLD);
        if (template != null) {
            metadata.withAnnotations(template.getAnnotations());
            metadata.withLabels(template.getLabels());
        }
        metadata.addToLabels(labels());
        if (spec.placement().resources().hasQueue()) {
            metadata.addToLabels(QUEUE, spec.placement().resources().getQueue());
        }
        return metadata.build();
    }

    private Map<String, String> labels() {
        Map<String, String> labels = new HashMap<>(Map.of("app.kubernetes.io/part-of", "hone", "app.kubernetes.io/component", "job",
                "app.kubernetes.io/name", stage, "app.kubernetes.io/instance", spec.name(), "app.kubernetes.io/managed-by", stage + "-launcher", STAGE, stage));
        if (LABEL.matcher(spec.placement().runId()).matches()) {
            labels.put(RUN, spec.placement().runId());
        }
        return labels;
    }

    private void layOver(PodTemplateSpec template) throws JobFailure {
        template.setMetadata(new ObjectMetaBuilder(template.getMetadata() == null ? new ObjectMeta() : template.getMetadata()).addToLabels(labels()).build());
        PodSpec pod = template.getSpec();
        pod.setRestartPolicy("Never");
        long grace = config.grace().of(spec.placement().checkpointBytes()).toSeconds();
        Long own = pod.getTerminationGracePeriodSeconds();
        pod.setTerminationGracePeriodSeconds(own == null ? grace : Math.max(own, grace));
        Container container = pod.getContainers().stream().filter(c -> c.getName().equals(JobTemplate.CONTAINER)).findFirst().orElseThrow();
        command(container);
        container.setEnv(environment(container.getEnv()));
        new PodPlacement(spec.placement().resources()).layOver(pod, container);
    }

    /** Another entry point of the service's image; an image that is laid out otherwise has a command of its own in the template. */
    private void command(Container container) {
        if (container.getCommand().isEmpty()) {
            container.setCommand(JobCommand.of(config.heap(), spec.mainClass()));
            container.setArgs(List.of());
        } else {
            container.setArgs(List.of(spec.mainClass()));
        }
    }

    private List<EnvVar> environment(List<EnvVar> template) throws JobFailure {
        Map<String, EnvVar> variables = new TreeMap<>();
        spec.environment().entrySet().stream().filter(e -> !CREDENTIAL.matcher(e.getKey()).matches())
                .forEach(e -> variables.put(e.getKey(), variable(e.getKey(), e.getValue().replace("$", "$$"))));
        template.forEach(variable -> variables.remove(variable.getName()));
        List<EnvVar> all = new ArrayList<>();
        JobEvent.variables(spec.event()).forEach((name, value) -> all.add(variable(name, value)));
        all.addAll(variables.values());
        // in their own order, because one may refer to those before it
        template.stream().filter(variable -> !variable.getName().startsWith(JobEvent.VARIABLE)).forEach(all::add);
        return all;
    }

    private static EnvVar variable(String name, String value) {
        return new EnvVarBuilder().withName(name).withValue(value).build();
    }

    /**
     * The first rule that fits counts. What the job told of is final, in an eviction too; a stop at a checkpoint and an
     * eviction count against nothing; all else counts against the back-off limit.
     */
    private static PodFailurePolicy failurePolicy() {
        return new PodFailurePolicyBuilder()
                .addNewRule().withAction("FailJob").withOnExitCodes(codes(JobExitCodes.USER_ERROR, JobExitCodes.INTERNAL_ERROR)).endRule()
                .addNewRule().withAction("Ignore").withOnExitCodes(codes(JobExitCodes.RESTART)).endRule()
                .addNewRule().withAction("Ignore").addNewOnPodCondition("True", "DisruptionTarget").endRule()
                .build();
    }

    private static PodFailurePolicyOnExitCodesRequirement codes(Integer... codes) {
        return new PodFailurePolicyOnExitCodesRequirementBuilder()
                .withContainerName(JobTemplate.CONTAINER).withOperator("In").withValues(codes).build();
    }

    /** The event a Job was launched with; empty for a Job of somebody else. */
    static String event(Job job) {
        Map<String, String> variables = job.getSpec().getTemplate().getSpec().getContainers().stream()
                .filter(container -> container.getName().equals(JobTemplate.CONTAINER))
                .flatMap(container -> container.getEnv().stream()).filter(variable -> variable.getValue() != null)
                .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue, (first, last) -> last));
        return JobEvent.unescaped(variables);
    }
}
