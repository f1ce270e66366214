package dev.hone.jobs;

import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvFromSourceBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicy;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirement;
import io.fabric8.kubernetes.api.model.batch.v1.PodFailurePolicyOnExitCodesRequirementBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The {@code batch/v1} Job of a {@link JobSpec}. */
final class KubernetesJobs {

    static final String STAGE = "hone.dev/stage";

    private static final String CONTAINER = "job";
    private static final String QUEUE = "kueue.x-k8s.io/queue-name";
    private static final String GPU = "nvidia.com/gpu";

    private static final Pattern CREDENTIAL = Pattern.compile(".*(ACCESS_KEY|SECRET|PASSWORD|TOKEN).*");

    private KubernetesJobs() {}

    static Job job(JobSpec spec, JobConfig config, String stage) {
        KubernetesConfig kubernetes = config.kubernetes();
        return new JobBuilder()
                .withNewMetadata().withName(spec.name()).withLabels(labels(kubernetes, stage)).endMetadata()
                .withNewSpec()
                    .withBackoffLimit(kubernetes.backoffLimit())
                    .withTtlSecondsAfterFinished(kubernetes.secondsToLive())
                    // A Job with a queue label starts suspended, and Kueue lets it go when there is room.
                    .withSuspend(kubernetes.queue().isPresent())
                    .withPodFailurePolicy(failurePolicy())
                    .withNewTemplate()
                        .withNewMetadata().withLabels(labels(kubernetes, stage)).endMetadata()
                        .withNewSpec()
                            .withRestartPolicy("Never")
                            .withServiceAccountName(kubernetes.serviceAccount().orElse(null))
                            .withAutomountServiceAccountToken(false)
                            .withEnableServiceLinks(false)
                            .withSecurityContext(KubernetesPods.security(kubernetes.user()))
                            .withVolumes(KubernetesPods.volumes())
                            .withTerminationGracePeriodSeconds(config.grace().toSeconds())
                            .addNewContainer()
                                .withName(CONTAINER)
                                .withImage(kubernetes.image())
                                .withCommand(JobCommand.of(config.heap(), spec.mainClass()))
                                .withEnv(environment(spec, kubernetes))
                                .withEnvFrom(environmentFrom(kubernetes))
                                .withResources(resources(kubernetes))
                                .withSecurityContext(KubernetesPods.containerSecurity())
                                .withVolumeMounts(KubernetesPods.mounts(kubernetes.scratch()))
                            .endContainer()
                        .endSpec()
                    .endTemplate()
                .endSpec()
                .build();
    }

    /** The event a Job was launched with. */
    static Optional<String> event(Job job) {
        return job.getSpec().getTemplate().getSpec().getContainers().stream()
                .flatMap(container -> container.getEnv().stream())
                .filter(variable -> variable.getName().equals(JobMain.EVENT))
                .map(EnvVar::getValue)
                .findFirst();
    }

    private static Map<String, String> labels(KubernetesConfig kubernetes, String stage) {
        Map<String, String> labels = new HashMap<>(Map.of("app.kubernetes.io/part-of", "hone", STAGE, stage));
        kubernetes.queue().ifPresent(queue -> labels.put(QUEUE, queue));
        return labels;
    }

    /** What the job told of is final; an eviction or a checkpoint before a stop does not count against it. */
    private static PodFailurePolicy failurePolicy() {
        return new PodFailurePolicyBuilder()
                .addNewRule().withAction("FailJob").withOnExitCodes(codes(JobExitCodes.USER_ERROR, JobExitCodes.INTERNAL_ERROR)).endRule()
                .addNewRule().withAction("Ignore").withOnExitCodes(codes(JobExitCodes.RESTART)).endRule()
                .addNewRule().withAction("Ignore").addNewOnPodCondition("True", "DisruptionTarget").endRule()
                .build();
    }

    private static PodFailurePolicyOnExitCodesRequirement codes(Integer... codes) {
        return new PodFailurePolicyOnExitCodesRequirementBuilder()
                .withContainerName(CONTAINER).withOperator("In").withValues(codes).build();
    }

    private static List<EnvVar> environment(JobSpec spec, KubernetesConfig kubernetes) {
        List<EnvVar> variables = new ArrayList<>();
        variables.add(new EnvVarBuilder().withName(JobMain.EVENT).withValue(spec.event()).build());
        spec.environment().entrySet().stream().sorted(Map.Entry.comparingByKey())
                // A Job's manifest can be read by more people than a Secret: what the Secret gives is not repeated in it.
                .filter(e -> kubernetes.environmentFrom().isEmpty() || !CREDENTIAL.matcher(e.getKey()).matches())
                .forEach(e -> variables.add(new EnvVarBuilder().withName(e.getKey()).withValue(e.getValue()).build()));
        return variables;
    }

    private static List<EnvFromSource> environmentFrom(KubernetesConfig kubernetes) {
        return kubernetes.environmentFrom().stream().flatMap(name -> java.util.stream.Stream.of(
                new EnvFromSourceBuilder().withNewConfigMapRef(name, true).build(),
                new EnvFromSourceBuilder().withNewSecretRef(name, true).build())).toList();
    }

    private static ResourceRequirements resources(KubernetesConfig kubernetes) {
        Map<String, Quantity> requests = new HashMap<>(Map.of("cpu", new Quantity(kubernetes.cpu()), "memory", new Quantity(kubernetes.memory())));
        Map<String, Quantity> limits = new HashMap<>(Map.of("memory", new Quantity(kubernetes.memory())));
        if (kubernetes.gpus() > 0) {
            // Extended resources are not overcommitted: request and limit must be equal.
            requests.put(GPU, new Quantity(String.valueOf(kubernetes.gpus())));
            limits.put(GPU, new Quantity(String.valueOf(kubernetes.gpus())));
        }
        return new ResourceRequirementsBuilder().withRequests(requests).withLimits(limits).build();
    }
}
